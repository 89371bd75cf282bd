"""Tower map: where things are drawn in a picture of a certain size. The front end does the same by the same rules."""

from __future__ import annotations

from .tower_scene import TOWER, TOWER_PLACE, Scene, TruckMark

SITE_WIDTH, SITE_HEIGHT = 112, 44
TRUCK_WIDTH, TRUCK_HEIGHT, TAG_HEIGHT = 104, 36, 13
GAP = 4

Point = tuple[float, float]


def truck_height(truck: TruckMark) -> int:
    """Return how high a truck's card is."""
    return TRUCK_HEIGHT + TAG_HEIGHT * len(truck.tags)


class MapLayout:
    """Places of the scene in a picture.

    Args:
        scene: what is drawn.
        width: of the picture.
        height: of the picture.
    """

    def __init__(self, scene: Scene, width: int, height: int) -> None:
        self._height = height
        self.places = {TOWER: (TOWER_PLACE[0] * width, TOWER_PLACE[1] * height)}
        self.places |= {site.name: (site.x * width, site.y * height) for site in scene.sites}
        self._trucks = scene.trucks
        self.places |= {truck.name: self._of_truck(truck) for truck in scene.trucks}

    def _of_truck(self, truck: TruckMark) -> Point:
        """Return the middle of a truck's card."""
        if truck.ahead is None:
            return self._dock(truck)
        (x1, y1), (x2, y2) = self.places[truck.here], self.places[truck.ahead]
        x, y = x2 - x1, y2 - y1
        # The card shall not lie on the sites at both ends.
        wide, high = (SITE_WIDTH + TRUCK_WIDTH) / 2 + GAP, (SITE_HEIGHT + truck_height(truck)) / 2 + GAP
        edge = min(wide / abs(x) if x else 1.0, high / abs(y) if y else 1.0, 0.45)
        along = edge + truck.part * (1 - 2 * edge)
        lane = self._lane(truck)
        aside = (0.0, lane * (TRUCK_HEIGHT / 2 + 8)) if abs(x) > abs(y) else (lane * (TRUCK_WIDTH / 2 + GAP), 0.0)
        return x1 + along * x + aside[0], y1 + along * y + aside[1]

    def _lane(self, truck: TruckMark) -> int:
        """Return 0, or which side of a road it takes where several trucks are on it."""
        road = {truck.here, truck.ahead}
        fellows = [each.name for each in self._trucks if each.ahead and {each.here, each.ahead} == road]
        return 0 if len(fellows) < 2 else 1 if fellows.index(truck.name) % 2 else -1

    def _dock(self, truck: TruckMark) -> Point:
        """Return a place below its site, or above one that is far down; the second truck stands behind the first."""
        x, y = self.places[truck.here]
        docked = [each for each in self._trucks if each.ahead is None and each.here == truck.here]
        before = docked[: docked.index(truck)]
        away = SITE_HEIGHT / 2 + GAP + sum(truck_height(each) + GAP for each in before) + truck_height(truck) / 2
        return x, y - away if y > 0.6 * self._height else y + away
