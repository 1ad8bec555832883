"""What the platform knows about itself: in phase 1 the recorder of the evidence that gates ask for."""
