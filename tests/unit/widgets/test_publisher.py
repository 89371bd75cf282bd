import asyncio

from wpslab.widgets.publisher import Publisher


async def test_publisher_publishes_once_for_many_requests():
    published = asyncio.Queue()
    publisher = Publisher(lambda: published.put_nowait("published"), pause=3600)
    for _ in range(200):
        publisher.request()
    await published.get()
    for _ in range(200):
        publisher.request()
    await asyncio.sleep(0)
    assert published.empty()
    publisher.flush()
    publisher.flush()
    assert published.qsize() == 1
