"""What tests of streams begin with, unless they say otherwise: Ada, and a room to talk in."""

import pytest

from server.database.ports import Database
from tests.world import World, world_on


@pytest.fixture
async def world(database: Database) -> World:
    """Ada is a member; everybody may be in "tea"."""
    world = await world_on(database)
    await world.person("Ada")
    await world.room("tea")
    return world
