"""Supply chain: a small world of factories, warehouses, trucks and customers, for the chapter on the control tower.

world = SupplyChain(seed=7)
for report in world.step():  # ten minutes go by
    print(report.who, report.name, report.data)

It knows nothing of messages: what partners report, and what they are told, is the chapter's.
"""

from .roads import RoadMap, Site
from .values import OrderView, Report, SiteView, TruckView, WorldView
from .world import SupplyChain

__all__ = ["OrderView", "Report", "RoadMap", "Site", "SiteView", "SupplyChain", "TruckView", "WorldView"]
