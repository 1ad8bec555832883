"""A real local Kubernetes control plane with simulated nodes."""

from sandbox.control_plane.client import Client
from sandbox.control_plane.components import Settings
from sandbox.control_plane.errors import ApiError
from sandbox.control_plane.plane import ControlPlane
from sandbox.control_plane.supervisor import ProcessStatus

__all__ = ["ApiError", "Client", "ControlPlane", "ProcessStatus", "Settings"]
