from hack.images.buildah import BUILD_HOME, pip_settings_in_container
from hack.images.machine import BUILDAH, DEBOOTSTRAP, Plan, plan


def test_nothing_is_said_when_nothing_is_missing() -> None:
    assert plan([], root=True, apt=True) == Plan()


def test_missing_programs_are_named_with_their_purpose_before_they_are_installed() -> None:
    decision = plan([DEBOOTSTRAP, BUILDAH], root=True, apt=True)

    assert decision.packages == ("debootstrap", "buildah")
    assert decision.announcement == (
        "installing Debian packages: debootstrap (makes the root file system under the images), "
        "buildah (builds Vutler's image from its Dockerfile)"
    )


def test_without_apt_the_missing_program_and_the_remedy_are_one_line() -> None:
    refusal = plan([BUILDAH], root=True, apt=False).refusal

    assert refusal.startswith("missing: buildah")
    assert refusal.endswith("install it with your package manager, or start a Docker engine that reaches a registry")
    assert "\n" not in refusal


def test_without_root_the_remedy_is_root_or_docker() -> None:
    decision = plan([BUILDAH], root=False, apt=True)

    assert decision.packages == ()
    assert decision.refusal == (
        "building images without Docker needs root: run as root, or start a Docker engine that reaches a registry"
    )


def test_build_steps_get_packages_from_where_this_machine_gets_them() -> None:
    found = {"index-url": "http://127.0.0.1:8080/simple", "find-links": "/srv/wheels", "user": "true", "cert": "/my/ca"}
    mounts = {"/srv/wheels": f"{BUILD_HOME}/wheels-0", "/my/ca": "/etc/ssl/certs/ca-certificates.crt"}

    assert pip_settings_in_container(found, mounts).splitlines() == [
        "[global]",
        "index-url = http://127.0.0.1:8080/simple",
        f"find-links = {BUILD_HOME}/wheels-0",
        "cert = /etc/ssl/certs/ca-certificates.crt",
    ]
