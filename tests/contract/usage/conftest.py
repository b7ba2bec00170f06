from tests.router.conftest import router, upstream

__all__ = ["router", "upstream"]
