import pytest

from wpslab.course.supply_chain import RoadMap, Site
from wpslab.course.supply_chain.roads import COURSE_MAP, PACE, road_between
from wpslab.course.supply_chain.truck import Job, Truck
from wpslab.course.supply_chain.weather import Weather

NO_STORM = frozenset()
STORM = frozenset({("C1", "WH1")})


def minutes_until_it_stands(truck, storms=NO_STORM):
    minutes = 0
    while truck.route:
        truck.drive(COURSE_MAP, storms)
        minutes += 1
    return minutes


def loaded_truck(here, goal):
    return Truck("T", here, COURSE_MAP.route(here, goal), job=Job(here, goal, 10), is_loaded=True)


@pytest.mark.parametrize(
    ("start", "goal", "storms", "route"),
    [
        ("WH1", "WH1", NO_STORM, []),
        ("F1", "C1", NO_STORM, ["WH1", "C1"]),
        ("WH1", "C1", NO_STORM, ["C1"]),
        ("WH1", "C1", STORM, ["WH2", "C2", "C1"]),
    ],
)
def test_route_takes_the_least_time(start, goal, storms, route):
    assert COURSE_MAP.route(start, goal, storms) == route


def test_there_is_a_way_round_every_road():
    for one, other in COURSE_MAP.roads:
        assert COURSE_MAP.way_round(one, other) not in (None, one, other)
        assert COURSE_MAP.way_round(other, one) not in (None, one, other)


def test_where_no_road_leads_is_said():
    island = RoadMap(
        [Site("A", "factory", 0, 0), Site("B", "customer", 1, 1), Site("C", "customer", 1, 0)], {("A", "B"): 5}
    )
    assert island.way_round("A", "B") is None
    with pytest.raises(ValueError, match="No road leads from A to C"):
        island.route("A", "C")


def test_truck_needs_the_minutes_of_the_road_and_in_a_storm_five_times_as_many():
    assert minutes_until_it_stands(loaded_truck("WH1", "C1")) == 50
    assert minutes_until_it_stands(loaded_truck("WH1", "C1"), STORM) == 50 * PACE


@pytest.mark.parametrize("storms", [NO_STORM, STORM])
def test_truck_knows_how_long_it_will_take(storms):
    truck = loaded_truck("F1", "C1")
    while truck.route:
        assert truck.minutes_left(COURSE_MAP, storms) > 0
        expected = truck.minutes_left(COURSE_MAP, storms)
        truck.drive(COURSE_MAP, storms)
        assert truck.minutes_left(COURSE_MAP, storms) == expected - 1


def test_truck_that_fetches_counts_the_way_back():
    truck = Truck("T", "C1", COURSE_MAP.route("C1", "WH1"), job=Job("WH1", "C1", 10))
    assert truck.minutes_left(COURSE_MAP, NO_STORM) == 100
    assert (truck.goal, truck.units) == ("WH1", 0)


def test_truck_early_in_a_storm_turns_back_and_goes_round():
    truck = loaded_truck("WH1", "C1")
    for _ in range(20):
        truck.drive(COURSE_MAP, STORM)
    truck.go_by("WH2", COURSE_MAP, STORM)
    assert (truck.here, truck.route) == ("C1", ["WH1", "WH2", "C2", "C1"])
    assert minutes_until_it_stands(truck, STORM) == 20 + 30 + 50 + 30
    assert truck.here == "C1"


def test_truck_late_in_a_storm_goes_on_to_the_next_site():
    truck = loaded_truck("WH1", "C1")
    for _ in range(200):
        truck.drive(COURSE_MAP, STORM)
    truck.go_by("C2", COURSE_MAP, STORM)
    assert (truck.here, truck.route) == ("WH1", ["C1", "C2", "C1"])


def test_truck_on_a_clear_road_goes_on_and_turns_at_the_next_site():
    truck = loaded_truck("F1", "C1")
    truck.drive(COURSE_MAP, STORM)
    truck.go_by("WH2", COURSE_MAP, STORM)
    assert truck.route == ["WH1", "WH2", "C2", "C1"]


def test_storms_come_one_at_a_time_over_roads_there_are():
    roads = [road_between(*ends) for ends in COURSE_MAP.roads]
    for seed in range(50):
        weather = Weather(seed, roads, 600)
        assert weather.storms
        for minute in range(0, 600, 10):
            assert weather.roads(minute) <= set(roads)
            assert len(weather.roads(minute)) < 2
