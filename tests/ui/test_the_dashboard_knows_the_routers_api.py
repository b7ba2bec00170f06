from hack.dashboard_api import UI, generated


def test_what_the_dashboard_is_generated_from_is_what_the_router_says() -> None:
    stale = [name for name, text in generated().items() if (UI / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run `npm run api` in ui/"
