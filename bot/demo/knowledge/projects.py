"""The projects of the organisation, into which people put conversations."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.demo.knowledge.model import ORGANISATION, Json, iso
from bot.demo.knowledge.users import SERVICE_USER

BEGAN = 1_767_225_600_000
"""Milliseconds; the demo's projects were all made at the beginning of 2026."""


@dataclass(frozen=True, slots=True)
class Project:
    """One project; `members` are ids of users. An `open` one is seen by the whole organisation."""

    id: str
    owner: str
    name: str
    description: str = ""
    members: tuple[str, ...] = ()
    open: bool = False
    chats_shared: bool = False

    def role_of(self, user_id: str) -> str | None:
        """Return `owner`, `editor` or `viewer`, or None for a person who cannot see it."""
        if user_id == self.owner:
            return "owner"
        if user_id in self.members:
            return "editor"
        return "viewer" if self.open else None

    def row(self, reader: str, conversations: int) -> Json:
        """Return the project as a list shows it to `reader`."""
        added = {"principalType": "user", "role": "editor", "addedBy": self.owner, "addedAt": iso(BEGAN)}
        return {
            "_id": self.id,
            "orgId": ORGANISATION,
            "userId": self.owner,
            "name": self.name,
            "description": self.description,
            "knowledgeScope": {"apps": [], "kb": []},
            "tools": [],
            "linkedKnowledgeBaseId": None,
            "visibility": "org" if self.open else "private",
            "chatSharing": "members" if self.chats_shared else "private",
            "members": [{**added, "principalId": each} for each in self.members],
            "isPinned": False,
            "isArchived": False,
            "isDeleted": False,
            "lastActivityAt": BEGAN,
            "createdAt": iso(BEGAN),
            "updatedAt": iso(BEGAN),
            "role": self.role_of(reader),
            "conversationCount": conversations,
        }


DEMO_PROJECTS = (
    Project(
        "66a000000000000000000001",
        SERVICE_USER.id,
        "Onboarding",
        "Everything for the first weeks",
        open=True,
        chats_shared=True,
    ),
    Project(
        "66a000000000000000000002",
        "65f000000000000000000002",
        "Offer for Nordlicht",
        "Drafts and numbers",
        ("65f000000000000000000003",),
    ),
)


class Projects:
    """Finds the projects that a person can see."""

    def __init__(self, projects: Iterable[Project]) -> None:
        self._by_id = {each.id: each for each in projects}

    def seen_by(self, user_id: str, project_id: str) -> Project | None:
        """Return a project that this person can see."""
        found = self._by_id.get(project_id)
        return found if found and found.role_of(user_id) else None

    def matching(self, user_id: str, scope: str, search: str) -> list[Project]:
        """Return the projects of a scope whose name contains `search`."""
        roles = {"mine": {"owner"}, "shared": {"editor"}, "all": {"owner", "editor", "viewer"}}[scope]
        return [
            each
            for each in self._by_id.values()
            if each.role_of(user_id) in roles and search.lower() in each.name.lower()
        ]
