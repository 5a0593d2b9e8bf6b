"""The section [keystone_authtoken]: what may be left out, and what is refused at the start."""

from pathlib import Path

import pytest
from keystonemiddleware.auth_token._request import _AuthTokenRequest
from oslo_config import cfg

from barbican_like import rooms
from barbican_like.common.errors import ConfigurationError
from barbican_like.http.middleware import keystone_options
from barbican_like.http.middleware.keystone import SET_BY_AUTH_TOKEN, authenticated

SECTION = "auth_url = http://127.0.0.1:1/v3\nusername = barbican\npassword = orange\nproject_name = service\n"


def load(folder: Path, section: str, more: str = "") -> cfg.ConfigOpts:
    """The configuration of a file."""
    file = folder / "barbican.conf"
    file.write_text(f"[keystone_authtoken]\n{section}\n{more}")
    return rooms.load(["--config-file", str(file)])


def prepared(folder: Path, section: str, more: str = "") -> cfg.ConfigOpts:
    """The same with the section's options registered."""
    conf = load(folder, section, more)
    keystone_options.prepare(conf)
    return conf


def test_a_url_and_a_service_user_are_enough(tmp_path: Path) -> None:
    section = prepared(tmp_path, SECTION).keystone_authtoken
    assert section.auth_type == "password"
    assert section.www_authenticate_uri == section.auth_url
    assert (section.user_domain_id, section.project_domain_id) == ("default", "default")
    assert section.service_type == "key-manager"
    assert section.http_connect_timeout == 5


def test_what_is_given_wins_over_the_defaults(tmp_path: Path) -> None:
    given = (
        "www_authenticate_uri = https://public\nhttp_connect_timeout = 7\nservice_type = other\n"
        "user_domain_name = People\n"
    )
    section = prepared(tmp_path, SECTION + given).keystone_authtoken
    assert section.www_authenticate_uri == "https://public"
    assert (section.http_connect_timeout, section.service_type) == (7, "other")
    assert (section.user_domain_id, section.user_domain_name) == (None, "People")
    assert section.project_domain_id == "default"


def test_a_default_domain_is_left_to_keystoneauth(tmp_path: Path) -> None:
    section = prepared(tmp_path, f"{SECTION}default_domain_name = People\n").keystone_authtoken
    assert (section.user_domain_id, section.project_domain_id) == (None, None)


def test_the_service_user_may_stand_in_another_section(tmp_path: Path) -> None:
    conf = prepared(tmp_path, "auth_section = service_user\n", f"[service_user]\n{SECTION}")
    assert conf.service_user.auth_type == "password"
    assert conf.keystone_authtoken.www_authenticate_uri == "http://127.0.0.1:1/v3"


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("", "[keystone_authtoken] auth_url is needed for auth = keystone"),
        ("auth_section = service_user", "[service_user] auth_url is needed for auth = keystone"),
        (f"{SECTION}auth_type = nonsense", "nonsense"),
        (f"{SECTION}http_connect_timeout = soon", "http_connect_timeout"),
        (f"{SECTION}memcache_security_strategy = ENCRYPT", "memcache_secret_key"),
    ],
)
def test_a_section_that_cannot_be_used_is_told_in_one_line(tmp_path: Path, section: str, said: str) -> None:
    conf = load(tmp_path, section)
    with pytest.raises(ConfigurationError) as refused:
        authenticated(lambda _environ, _start: [], conf)
    assert said in refused.value.message
    assert "\n" not in refused.value.message
    assert "orange" not in refused.value.message


def test_the_section_may_not_leave_the_decision_to_others(tmp_path: Path) -> None:
    """delay_auth_decision would let everybody through to the application."""
    conf = load(tmp_path, f"{SECTION}delay_auth_decision = true\n")
    begun: list[str] = []

    def application(*_: object) -> list[bytes]:
        raise AssertionError("nobody comes here without a token")

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_NAME": "x", "SERVER_PORT": "1"}
    environ |= {"wsgi.url_scheme": "http", "wsgi.version": (1, 0)}
    authenticated(application, conf)(environ, lambda status, _headers: begun.append(status))
    assert begun == ["401 Unauthorized"]


def test_every_header_that_the_library_drops_is_dropped_for_remembered_tokens_too() -> None:
    names = _AuthTokenRequest.blank("/")._all_auth_headers()
    dropped = {"HTTP_" + name.upper().replace("-", "_") for name in names}
    assert dropped | {"HTTP_OPENSTACK_SYSTEM_SCOPE"} == SET_BY_AUTH_TOKEN
