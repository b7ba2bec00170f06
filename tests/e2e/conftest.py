from tests.support.platform import namespace, platform

__all__ = ["namespace", "platform"]
