from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wpslab.course.supply_chain import SupplyChain
from wpslab.course.supply_chain.roads import road_between
from wpslab.course.supply_chain.truck import Job
from wpslab.course.supply_chain.values import clock
from wpslab.course.supply_chain.world import DAY, STEP

SEEDS = st.integers(0, 10_000)
SITES = ["F1", "WH1", "WH2", "C1", "C2"]
TRUCKS = ["Trans1", "Trans2"]
DECISIONS = st.one_of(
    st.tuples(st.just("reroute"), st.sampled_from(TRUCKS), st.sampled_from(SITES)),
    st.tuples(st.just("supply"), st.integers(0, 12), st.sampled_from(["WH1", "WH2"]), st.sampled_from([*TRUCKS, None])),
    st.none(),
)
DAYS = st.lists(DECISIONS, min_size=DAY // STEP, max_size=DAY // STEP)


def decide(world, decision):
    match decision:
        case ("reroute", truck, via):
            world.reroute(truck, via)
        case ("supply", number, warehouse, truck) if f"A{number}" in world.orders:
            world.supply(f"A{number}", warehouse, truck)


def play(seed, decisions):
    """Play a day; give every report and every view."""
    world = SupplyChain(seed)
    for decision in decisions:
        yield world, world.step()
        decide(world, decision)


def run_until(world, name, steps=60):
    """Step until a partner reports this; give the report."""
    for _ in range(steps):
        for report in world.step():
            if report.name == name:
                return report
    raise AssertionError(f"no {name} in {steps} steps")


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, decisions=DAYS)
def test_same_seed_and_same_decisions_make_the_same_day(seed, decisions):
    first = [(reports, world.view()) for world, reports in play(seed, decisions)]
    second = [(reports, world.view()) for world, reports in play(seed, decisions)]
    assert first == second


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, decisions=DAYS)
def test_stock_is_never_negative_and_nothing_gets_lost(seed, decisions):
    begin = sum(SupplyChain(seed).stock.values())
    for world, _ in play(seed, decisions):
        assert min(world.stock.values()) >= 0
        carried = sum(truck.units for truck in world.view().trucks)
        assert begin + world.produced == sum(world.stock.values()) + carried + sum(world.received.values())


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, decisions=DAYS)
def test_orders_are_delivered_once_in_time_or_late_or_are_still_open(seed, decisions):
    delivered = {}
    for world, reports in play(seed, decisions):
        for report in reports:
            if report.name == "delivered":
                assert report.data["order"] not in delivered
                delivered[report.data["order"]] = report.data["late"]
        view = world.view()
        assert {order.name: order.late for order in view.orders if order.state == "delivered"} == delivered
        for order in view.orders:
            assert (order.delivered is not None) == (order.state == "delivered")
            if order.delivered is not None:
                assert order.late == max(0, order.delivered - order.due)
        for customer, units in world.received.items():
            assert units == sum(each.units for each in view.orders if each.customer == customer and each.delivered)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, decisions=DAYS)
def test_trucks_are_always_on_the_map(seed, decisions):
    for world, _ in play(seed, decisions):
        for truck in world.view().trucks:
            assert truck.here in SITES
            assert 0 <= truck.part < 1
            assert truck.eta is None or truck.eta >= world.minute
            if truck.ahead is None:
                assert truck.part == 0
            else:
                assert world.map.length(truck.here, truck.ahead) > 0
            for road in world.trucks[truck.name].roads_ahead():
                assert road in {road_between(*ends) for ends in world.map.roads}


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_partners_report_only_what_they_can_notice(seed):
    kinds = {
        "order": {"C1", "C2"},
        "delivered": {"C1", "C2"},
        "stock": {"F1", "WH1", "WH2"},
        "shortage": {"WH1", "WH2"},
        "position": set(TRUCKS),
        "weather": set(SITES),
    }
    for _, reports in play(seed, [None] * (DAY // STEP)):
        for report in reports:
            assert report.who in kinds[report.name]


@pytest.mark.parametrize("seed", range(40))
def test_faster_way_is_faster_and_leads_to_the_quickest(seed):
    for world, _ in play(seed, [None] * (DAY // STEP)):
        for name in TRUCKS:
            before = eta(world, name)
            if via := world.faster_way(name):
                world.reroute(name, via)
                assert eta(world, name) < before
                assert world.faster_way(name) is None
            elif before is not None:
                for site in SITES:
                    other = replace(world.trucks[name])
                    other.go_by(site, world.map, world.storms)
                    assert world.minute + other.minutes_left(world.map, world.storms) >= before


@pytest.mark.parametrize("seed", range(40))
def test_truck_that_was_last_heard_to_be_late_still_has_the_order(seed):
    late, told = {}, 0
    for world, reports in play(seed, [None] * (DAY // STEP)):
        for report in reports:
            if report.name == "shortage":
                world.supply(report.data["order"], "WH2" if report.who == "WH1" else "WH1", "Trans2")
            if report.name == "position":
                late[report.who] = report.data["order"] if report.data["late"] else None
                told += 1
        undelivered = {order.name for order in world.view().orders if order.delivered is None}
        assert set(filter(None, late.values())) <= undelivered
    assert told


def eta(world, name):
    return next(truck.eta for truck in world.view().trucks if truck.name == name)


def test_day_ends_and_steps_do_nothing_then():
    world = SupplyChain(1)
    for _ in range(DAY // STEP):
        assert not world.is_over
        world.step()
    assert world.is_over
    assert world.view().is_over
    before = world.view()
    assert world.step() == []
    assert world.view() == before
    assert repr(world) == "SupplyChain(seed=1) at 18:00"


def test_different_seeds_make_different_days():
    assert len({tuple(map(str, [*SupplyChain(seed).step(), *SupplyChain(seed)._planned])) for seed in range(20)}) > 10


def test_first_step_tells_what_is_in_stock():
    reports = SupplyChain(10).step()
    assert {report.who: report.data["units"] for report in reports if report.name == "stock"} == {
        "F1": 0,
        "WH1": 20,
        "WH2": 60,  # Trans2 has loaded the first order
    }


def test_shortage_names_the_order_and_is_reported_once():
    world = SupplyChain(10)
    report = run_until(world, "shortage")
    assert (world.clock, report.who) == ("09:10", "WH1")
    assert report.data == {"order": "A2", "customer": "C1", "needed": 30}
    assert not [each for _ in range(3) for each in world.step() if each.name == "shortage"]
    assert next(order for order in world.view().orders if order.name == "A2").state == "waiting for stock"


def test_order_supplied_by_another_warehouse_is_brought_by_the_truck_that_was_asked_for():
    world = SupplyChain(10)
    run_until(world, "shortage")
    assert world.supply("A2", "WH2", "Trans2") == "Trans2"
    order = next(order for order in world.view().orders if order.name == "A2")
    assert (order.warehouse, order.truck, order.state) == ("WH2", "Trans2", "truck comes")
    assert world.supply("A2", "WH1") is None


def test_order_is_brought_by_another_truck_while_the_one_that_was_asked_for_is_busy():
    world = SupplyChain(10)
    run_until(world, "shortage")
    world.trucks["Trans2"].job = Job("F1", "WH1", 30)
    assert world.supply("A2", "WH2", "Trans2") == "Trans1"


def test_order_waits_for_the_truck_that_was_asked_for_while_all_are_busy():
    world = SupplyChain(10)
    run_until(world, "shortage")
    for truck in world.trucks.values():
        truck.job = Job(truck.here, "WH1", 0)
    assert world.supply("A2", "WH2", "Trans2") is None
    assert next(order for order in world.view().orders if order.name == "A2").state == "waiting for a truck"
    for truck in world.trucks.values():
        truck.job = None
    world.step()
    assert next(order for order in world.view().orders if order.name == "A2").truck == "Trans2"


def test_storm_makes_a_truck_late_and_another_route_makes_it_early():
    world = SupplyChain(10)
    run_until(world, "shortage")
    world.supply("A2", "WH2", "Trans2")
    while not (late := [each for each in world.step() if each.name == "position" and each.data["late"]]):
        pass
    assert late[0].who == "Trans2"
    assert late[0].text == "150 minutes late with order A2: 14:40"
    assert ["C1", "WH1"] in late[0].data["roads"]
    assert ("C1", "WH1") in world.storms
    assert world.faster_way("Trans2", ()) is None
    assert world.faster_way("Trans2") == "C2"
    world.reroute("Trans2", "C2")
    assert world.faster_way("Trans2") is None
    truck = next(truck for truck in world.view().trucks if truck.name == "Trans2")
    assert truck.is_rerouted
    assert truck.late == 0
    report = run_until(world, "delivered")
    assert (report.who, report.data) == ("C1", {"order": "A2", "late": 0})


def test_truck_whose_job_is_done_reports_that_it_is_late_no_more():
    world = SupplyChain(10)
    reports = []
    while not any(report.name == "delivered" for report in reports):
        reports = world.step()
    last = next(report for report in reports if report.who == "Trans2" and report.name == "position")
    assert last.data == {"roads": [], "order": None, "late": 0, "arrival": None}
    assert not [report for report in world.step() if report.who == "Trans2" and report.name == "position"]


def test_truck_that_has_nothing_to_do_is_not_rerouted():
    world = SupplyChain(10)
    world.reroute("Trans1", "C1")
    assert not world.view().trucks[0].is_rerouted
    assert world.trucks["Trans1"].route == []


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda world: world.reroute("Trans9", "C1"), "There is no truck 'Trans9'; there are Trans1, Trans2."),
        (lambda world: world.reroute("Trans1", "X"), "There is no site 'X'"),
        (lambda world: world.faster_way("X"), "There is no truck 'X'"),
        (lambda world: world.supply("A1", "WH1"), "There is no order 'A1'; there are none yet."),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence.replace(".", r"\.")):
        call(SupplyChain(1))


def test_order_is_supplied_only_by_a_warehouse_there_is():
    world = SupplyChain(10)
    world.step()
    with pytest.raises(ValueError, match="There is no warehouse 'F1'; there are WH1, WH2"):
        world.supply("A1", "F1")
    with pytest.raises(ValueError, match="There is no truck 'X'"):
        world.supply("A1", "WH1", "X")


def test_clock_counts_from_eight():
    assert [clock(minute) for minute in (0, 70, 600)] == ["08:00", "09:10", "18:00"]
