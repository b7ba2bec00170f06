"""What the operator knows of OpenClaw's own settings: which it takes, and what is wrong with a configuration."""

from vutler_operator.openclaw.check import find_faults
from vutler_operator.openclaw.fault import Fault, Path, render_path
from vutler_operator.openclaw.schema import VERSION, is_known_image

__all__ = ["VERSION", "Fault", "Path", "find_faults", "is_known_image", "render_path"]
