"""What every drill needs: start, wait, load, break, count, report. A drill's own folder holds its scenario only."""
