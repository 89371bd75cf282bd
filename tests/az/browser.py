"""Browser: opens an address as a person without scripts would: gets the page, and presses the button of its form.

python browser.py URL
"""

import html
import os
import re
import ssl
import sys
import urllib.parse
import urllib.request

opener = urllib.request.build_opener(
    urllib.request.ProxyHandler({}),
    urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])),
)
with opener.open(sys.argv[1], timeout=10) as response:
    page = response.read().decode()
action = html.unescape(re.search(r'action="([^"]*)"', page)[1])
fields = {html.unescape(name): html.unescape(value) for name, value in re.findall(r'name="(.*?)" value="(.*?)"', page)}
with opener.open(action, urllib.parse.urlencode(fields).encode(), timeout=10) as response:
    response.read()
