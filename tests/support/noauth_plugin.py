"""A keystoneauth1 plug-in for services without Keystone: it names the project in a header.

keystoneauth1 comes with ``none``, which sends no project. Both methods that matter here,
``BaseAuthPlugin.get_headers`` and ``BaseLoader.get_options``, are its public interface for plug-ins.
"""

from pathlib import Path

from keystoneauth1 import loading, noauth, session

NAME = "noauth_project"


class ProjectNoAuth(noauth.NoAuth):
    """Sends X-Project-Id with each request and asks nobody.

    :param endpoint: the service's base URL.
    :param project_id: the project to work in.
    """

    def __init__(self, endpoint: str | None = None, project_id: str | None = None) -> None:
        super().__init__(endpoint)
        self.project_id = project_id

    def get_headers(self, session: session.Session) -> dict[str, str]:
        """The headers of each request."""
        return {"X-Project-Id": self.project_id or ""}


class ProjectNoAuthLoader(loading.BaseLoader):
    """Lets command lines choose the plug-in by its name."""

    @property
    def plugin_class(self) -> type[ProjectNoAuth]:
        """What is loaded."""
        return ProjectNoAuth

    def get_options(self) -> list[loading.Opt]:
        """What a command line may say."""
        return [loading.Opt("endpoint"), loading.Opt("project-id")]


def install(folder: Path) -> None:
    """Announce the plug-in by an entry point, to every Python that has the folder in its path."""
    information = folder / f"{NAME}-1.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1\n")
    entry = f"{NAME} = {__name__}:{ProjectNoAuthLoader.__name__}"
    (information / "entry_points.txt").write_text(f"[keystoneauth1.plugin]\n{entry}\n")
