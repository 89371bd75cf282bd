import asyncio

from wpslab.client.changes import Changes


async def test_waiting_ends_with_the_change():
    changes, found = Changes(), []
    waiting = asyncio.create_task(changes.wait_for(lambda: found or None))
    await asyncio.sleep(0)
    changes.announce()
    await asyncio.sleep(0)
    assert not waiting.done()
    found.append("it")
    changes.announce()
    assert await waiting == ["it"]
