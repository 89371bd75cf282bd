"""The network: how it travels. The only folder that knows aiohttp, threads and event loops."""
