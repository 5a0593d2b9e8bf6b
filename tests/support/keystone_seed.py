"""The users, projects and roles of a Keystone for tests of a key manager."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session
from keystoneclient.v3.client import Client

REGION: Final = "RegionOne"
DOMAIN: Final = "default"
INTERFACES: Final = ("public", "internal", "admin")
PASSWORD: Final = "barbican"
ROLES: Final = (
    "admin",
    "member",
    "reader",
    "service",
    "creator",
    "observer",
    "audit",
    "key-manager:service-admin",
)


@dataclass(frozen=True)
class User:
    """Somebody with roles in one project."""

    name: str
    project: str
    roles: tuple[str, ...]
    password: str = PASSWORD


ADMIN: Final = User("admin", "admin", ("admin", "creator"), "secretadmin")
SERVICE: Final = User("barbican", "service", ("admin", "service"), "orange")
USERS: Final = (
    ADMIN,
    SERVICE,
    User("service_admin", "service", ("key-manager:service-admin",)),
    *(
        User(f"{project}_{name}", project, (role,))
        for project in ("project_a", "project_b")
        for name, role in (
            ("admin", "admin"),
            ("creator", "creator"),
            ("observer", "observer"),
            ("auditor", "audit"),
            ("member", "member"),
            ("reader", "reader"),
        )
    ),
    User("project_a_creator_2", "project_a", ("creator",)),
    User("project_a_shouting_creator", "project_a", ("CREATOR_OF_NOTHING", "Creator")),
    User("project_a_nobody_special", "project_a", ("gardener",)),
)


def session_of(auth_url: str, user: User, *, scoped: bool = True) -> Session:
    """A session of a user, in the user's project unless told otherwise."""
    scope = {"project_name": user.project, "project_domain_id": DOMAIN} if scoped else {"unscoped": True}
    auth = Password(
        auth_url=auth_url, username=user.name, password=user.password, user_domain_id=DOMAIN, **scope
    )
    return Session(auth=auth)


def client_of(auth_url: str) -> Any:
    """Keystone's administrator."""
    return Client(session=session_of(auth_url, ADMIN), endpoint_override=auth_url)


def seed(auth_url: str) -> None:
    """Make everything in a Keystone that was bootstrapped and is otherwise empty."""
    admin = client_of(auth_url)
    names = dict.fromkeys([*ROLES, *(role for user in USERS for role in user.roles)])
    roles = {role.name.lower(): role for role in admin.roles.list()}
    for name in names:
        if name.lower() not in roles:
            roles[name.lower()] = admin.roles.create(name=name)
    projects = {project.name: project for project in admin.projects.list()}
    for name in dict.fromkeys(user.project for user in USERS):
        if name not in projects:
            projects[name] = admin.projects.create(name=name, domain=DOMAIN)
    known = {user.name: user for user in admin.users.list()}
    for user in USERS:
        made = known.get(user.name) or admin.users.create(
            name=user.name, domain=DOMAIN, password=user.password
        )
        for role in user.roles:
            admin.roles.grant(roles[role.lower()], user=made, project=projects[user.project])


def offer(auth_url: str, service_type: str, url: str) -> None:
    """Let the catalog say that a service is at ``url``, on every interface."""
    admin = client_of(auth_url)
    found = [service for service in admin.services.list() if service.type == service_type]
    service = found[0] if found else admin.services.create(name=service_type, type=service_type)
    endpoints = {endpoint.interface: endpoint for endpoint in admin.endpoints.list(service=service.id)}
    for interface in INTERFACES:
        if interface in endpoints:
            admin.endpoints.update(endpoints[interface], url=url)
        else:
            admin.endpoints.create(service, url, interface, REGION)
