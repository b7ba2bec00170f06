from tests.support.helm import helm

__all__ = ["helm"]
