import pytest

from wpslab.course.supply_chain import RoadMap, Site
from wpslab.course.supply_chain.dispatch import give
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


def test_where_no_road_leads_is_said():
    island = RoadMap(
        [Site("A", "factory", 0, 0), Site("B", "customer", 1, 1), Site("C", "customer", 1, 0)], {("A", "B"): 5}
    )
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
    assert truck.faster_way(COURSE_MAP, STORM) == "WH2"
    truck.go_by("WH2", COURSE_MAP, STORM)
    assert (truck.here, truck.route) == ("C1", ["WH1", "WH2", "C2", "C1"])
    assert minutes_until_it_stands(truck, STORM) == 20 + 30 + 50 + 30
    assert truck.here == "C1"


@pytest.mark.parametrize(("minutes", "way"), [(1, "WH2"), (69, "WH2"), (70, None), (150, None), (200, None)])
def test_other_way_is_faster_only_while_turning_back_pays(minutes, way):
    """The way round is 110 minutes longer than the road: from 70 minutes into its 250 it does not pay any more."""
    truck = loaded_truck("WH1", "C1")
    for _ in range(minutes):
        truck.drive(COURSE_MAP, STORM)
    assert truck.faster_way(COURSE_MAP, STORM) == way


def test_truck_late_in_a_storm_goes_on_to_the_next_site():
    truck = loaded_truck("WH1", "C1")
    for _ in range(200):
        truck.drive(COURSE_MAP, STORM)
    truck.go_by("C2", COURSE_MAP, STORM)
    assert (truck.here, truck.route) == ("WH1", ["C1", "C2", "C1"])


@pytest.mark.parametrize(
    ("driven", "here", "route"),
    [
        (1, "WH1", ["F1", "WH2", "C2", "C1"]),
        (39, "F1", ["WH1", "WH2", "C2", "C1"]),
    ],
)
def test_truck_on_a_clear_road_turns_back_where_that_is_quicker(driven, here, route):
    truck = loaded_truck("F1", "C1")
    for _ in range(driven):
        truck.drive(COURSE_MAP, STORM)
    truck.go_by("WH2", COURSE_MAP, STORM)
    assert (truck.here, truck.route) == (here, route)


def test_truck_on_the_quickest_way_is_not_called_rerouted():
    truck = loaded_truck("WH1", "C1")
    assert truck.faster_way(COURSE_MAP, NO_STORM) is None
    truck.go_by("C1", COURSE_MAP, NO_STORM)
    assert (truck.route, truck.is_rerouted) == (["C1"], False)


def test_truck_on_its_way_round_goes_straight_again_after_the_storm():
    truck = loaded_truck("WH1", "C1")
    truck.go_by("WH2", COURSE_MAP, STORM)
    assert truck.faster_way(COURSE_MAP, STORM) is None
    truck.drive(COURSE_MAP, NO_STORM)
    assert truck.faster_way(COURSE_MAP, NO_STORM) == "WH1"


def test_truck_without_a_job_has_no_faster_way():
    assert Truck("T", "C1").faster_way(COURSE_MAP, STORM) is None


def test_job_is_for_the_truck_that_is_wished_for_else_for_the_nearest_that_is_free():
    stock = {"WH1": 20}
    near, far = Truck("near", "WH1"), Truck("far", "C2")
    assert give(Job("WH1", "C1", 10, wished_truck="far"), [near, far], stock, COURSE_MAP, NO_STORM) is far
    assert give(Job("WH1", "C1", 10, wished_truck="far"), [near, far], stock, COURSE_MAP, NO_STORM) is near
    assert give(Job("WH1", "C1", 10), [near, far], stock, COURSE_MAP, NO_STORM) is None


def test_storms_come_one_at_a_time_over_roads_there_are():
    roads = [road_between(*ends) for ends in COURSE_MAP.roads]
    for seed in range(50):
        weather = Weather(seed, roads, 600)
        assert weather.storms
        for minute in range(0, 600, 10):
            assert weather.roads(minute) <= set(roads)
            assert len(weather.roads(minute)) < 2
