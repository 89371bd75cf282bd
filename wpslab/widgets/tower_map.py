"""Tower map: where things are drawn in a picture of a certain size. The front end does the same by the same rules."""

from __future__ import annotations

from .tower_scene import TOWER, TOWER_PLACE, Scene, TruckMark

SITE_WIDTH, SITE_HEIGHT = 112, 44
TOWER_WIDTH = 84
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
        road, own = {truck.here, truck.ahead}, self._on_road(truck)
        fellows = (
            each for each in self._trucks if each is not truck and each.ahead and {each.here, each.ahead} == road
        )
        other = next(fellows, None)
        return self._apart(truck, own, other) if other else own

    def _on_road(self, truck: TruckMark) -> Point:
        """Return where a truck is on its road, whatever else is there."""
        (x1, y1), (x2, y2) = self.places[truck.here], self.places[truck.ahead or truck.here]
        x, y = x2 - x1, y2 - y1
        # The card shall not lie on the sites at both ends.
        wide, high = (SITE_WIDTH + TRUCK_WIDTH) / 2 + GAP, (SITE_HEIGHT + truck_height(truck)) / 2 + GAP
        edge = min(wide / abs(x) if x else 1.0, high / abs(y) if y else 1.0, 0.45)
        along = edge + truck.part * (1 - 2 * edge)
        return x1 + along * x, y1 + along * y

    def _apart(self, truck: TruckMark, at: Point, other: TruckMark) -> Point:
        """Return where a truck makes room by one half, if its card would lie on that of another on its road."""
        (x, y), (other_x, other_y) = at, self._on_road(other)
        high = max(truck_height(truck), truck_height(other))
        if abs(x - other_x) >= TRUCK_WIDTH + GAP or abs(y - other_y) >= high + GAP:
            return at
        ends = [self.places[truck.here], self.places[truck.ahead or truck.here]]
        is_flat = ends[0][1] == ends[1][1]
        own, others, card, site = (x, other_x, TRUCK_WIDTH, SITE_WIDTH) if is_flat else (y, other_y, high, SITE_HEIGHT)
        first, last = sorted(end[0 if is_flat else 1] for end in ends)
        middle, edge = (own + others) / 2, site / 2 + card + 1.5 * GAP
        if last - first > 2 * edge:
            middle = min(max(middle, first + edge), last - edge)
        moved = middle + (-0.5 if (own, truck.name) < (others, other.name) else 0.5) * (card + GAP)
        return (moved, y) if is_flat else (x, moved)

    def _dock(self, truck: TruckMark) -> Point:
        """Return a place below its site, or above one that is far down; the second truck stands behind the first."""
        x, y = self.places[truck.here]
        docked = [each for each in self._trucks if each.ahead is None and each.here == truck.here]
        before = docked[: docked.index(truck)]
        away = SITE_HEIGHT / 2 + GAP + sum(truck_height(each) + GAP for each in before) + truck_height(truck) / 2
        return x, y - away if y > 0.6 * self._height else y + away
