"""The paste file: which filters a request passes, and what is wrong is named at the start."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from barbican_like.common.errors import ConfigurationError
from barbican_like.http.dispatch import Application
from barbican_like.http.middleware.browsers import NoPages
from barbican_like.http.middleware.context import UnauthenticatedContext
from tests.support.application import Instance, prepare, running

SHIPPED = Path(__file__).parents[3] / "etc" / "barbican" / "barbican-api-paste.ini"


def pipelines() -> dict[str, list[str]]:
    """The shipped pipelines by name."""
    file = configparser.ConfigParser(interpolation=None)
    file.read(SHIPPED)
    return {
        name.partition(":")[2]: file[name]["pipeline"].split()
        for name in file.sections()
        if name.startswith("pipeline:")
    }


def test_every_pipeline_begins_with_cors_and_the_proxys_headers() -> None:
    """A preflight is answered before anybody asks who calls, and who calls is asked once."""
    found = pipelines()
    assert set(found) == {
        *("versions", "page", "barbican_api", "barbican-api-basic", "barbican-api-keystone"),
        *("activity-anonymous", "activity-noauth", "activity-basic", "activity-keystone"),
        *("workqueue-noauth", "workqueue-basic", "workqueue-keystone"),
        *("contexts-noauth", "contexts-basic", "contexts-keystone"),
        *("metrics-open", "metrics-basic", "metrics-keystone"),
        *("operations-noauth", "operations-basic", "operations-keystone"),
    }
    for filters in found.values():
        assert filters[:2] == ["cors", "http_proxy_to_wsgi"]
        assert sum(name.endswith("-context") for name in filters) == 1
        assert filters[-2].endswith("-context")


def test_filters_that_are_off_are_not_there(instance: Instance) -> None:
    """As shipped, between the path and the application stands nothing but the context.

    Before the path: what keeps pages away from an API without authentication.
    """
    assert isinstance(instance.application, NoPages)
    v1 = dict(instance.application._application._mounted)["/v1"]  # type: ignore[attr-defined]
    assert isinstance(v1, UnauthenticatedContext)
    assert isinstance(v1._application, Application)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ("[cors]\nallowed_origin = http://x\nmax_age = long", "max_age"),
        ("[oslo_middleware]\nenable_proxy_headers_parsing = maybe", "enable_proxy_headers_parsing"),
        ("[api]\nauth = basic", "htpasswd_file is needed"),
        ("[api]\nauth = basic\nhtpasswd_file = /nowhere/htpasswd", "/nowhere/htpasswd"),
        ("[api]\npaste_file = /nowhere/paste.ini", "/nowhere/paste.ini"),
    ],
)
def test_a_wrong_option_of_a_filter_is_named_at_the_start(tmp_path: Path, settings: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named), running(prepare(tmp_path, settings), worker=False):
        pass


def test_a_paste_file_that_names_the_factories_by_their_old_names_is_loaded(tmp_path: Path) -> None:
    """They stood in barbican_like.api.app before other rooms shared them; operators keep their own files."""
    old = SHIPPED.read_text().replace("barbican_like.http.paste:", "barbican_like.api.app:")
    for newer in ("room_app", "by_option", "by_credentials"):  # which have no old names
        old = old.replace(f"barbican_like.api.app:{newer}", f"barbican_like.http.paste:{newer}")
    file = tmp_path / "paste.ini"
    file.write_text(old.replace("%(here)s", str(SHIPPED.parent)))
    with running(prepare(tmp_path, f"[api]\npaste_file = {file}"), worker=False) as instance:
        assert instance.caller().get("/v1/secrets").status_int == 200


def test_a_prefix_that_nobody_serves_is_named_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "paste.ini"
    file.write_text(
        "[composite:main]\nuse = call:barbican_like.http.paste:mounts\n/ = app\n"
        "[app:app]\npaste.app_factory = barbican_like.http.paste:room_app\nprefix = /elsewhere\n"
    )
    conf = prepare(tmp_path, f"[api]\npaste_file = {file}")
    with (
        pytest.raises(
            ConfigurationError,
            match=r"/elsewhere: there are \['/', '/api/v1', '/contexts/v1', '/metrics', '/operations/v1', ",
        ),
        running(conf),
    ):
        pass
