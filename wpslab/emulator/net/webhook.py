"""Webhooks: asks upstream servers and tells them what happened, once they are validated."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from ..core.admission import ConnectAnswer, EventAnswer
from ..core.errors import InvalidAnswer
from ..core.event_handler import mask_query
from ..core.events import ConnectEvent, Event, UserEvent
from ..core.failures import Failure, FailureKind
from ..core.record import Record, keep_body, keep_data
from ..core.service import Service
from ..core.subprotocols import Protocol
from ..core.tokens import sign_upstream_token
from ..core.upstream import Notification
from ..core.validation import Validation
from ..protocols import cloudevents
from ..protocols.cloudevents import WebhookResponse
from .caller import Caller, Unanswered

T = TypeVar("T")


class Webhooks:
    """Calls the event handlers of a service's hubs. It calls nothing else, and follows no redirect."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._clock = service.clock
        self._caller = Caller(service)
        self._validating: dict[str, asyncio.Task[None]] = {}  # validation URL -> who asks there now
        self._validations: set[asyncio.Task[None]] = set()  # those too that new settings made pointless
        self._told: dict[str, asyncio.Task[None]] = {}  # connection id -> its newest notification
        self._over: set[str] = set()  # connections that are over while they are still told of
        self._tasks: set[asyncio.Task[None]] = set()
        service.upstream.notify = self._notify

    async def ask_connect(self, event: ConnectEvent) -> ConnectAnswer | Failure:
        """Ask the handler of `connect`, which the event has, whether the client may come in, and as whom."""
        return await self._ask(event, cloudevents.read_connect_answer)

    async def ask(self, event: UserEvent, protocol: Protocol) -> EventAnswer | Failure:
        """Ask the handler of a user event, which the event has, for its reply."""
        return await self._ask(event, partial(cloudevents.read_event_answer, to_pubsub_client=protocol.is_pubsub))

    async def _ask(self, event: Event, read: Callable[[WebhookResponse], T]) -> T | Failure:
        outcome = await self._deliver(event)
        if isinstance(outcome, Failure):
            return outcome
        response, attempts = outcome
        try:
            return read(response)
        except InvalidAnswer as error:
            return self.failed(event, error.kind, str(error), attempts=attempts, status=response.status)

    def failed(
        self,
        event: Event,
        kind: FailureKind,
        detail: str = "",
        *,
        attempts: int = 0,
        status: int = 0,
        body: bytes = b"",
        method: str = "POST",
    ) -> Failure:
        """Return a failure of an event, recorded and logged."""
        handler = event.handler
        template = handler.url_template if handler else ""
        name = "validate" if kind.is_validation else event.name
        failure = Failure(
            kind=kind,
            hub=event.hub,
            event=event.name,
            is_user_event=isinstance(event, UserEvent),
            connection_id=event.connection_id,
            user_id=event.user_id,
            method=method,
            url=mask_query(cloudevents.expand(template, event.hub, name)),
            status=status,
            attempts=attempts,
            detail=detail,
            body=body,
            event_id=event.id,
        )
        self._service.trace.add_failure(failure)
        return failure

    def release(self, connection_id: str) -> None:
        """Forget what was kept for a connection that is over, once it was told of that."""
        if connection_id in self._told:
            self._over.add(connection_id)
        else:
            self._caller.jars.pop(connection_id, None)

    async def settle(self, seconds: float) -> bool:
        """Wait until no notification is on its way; return whether that came true in time."""
        tasks = set(self._tasks)
        if not tasks:
            return True
        _, pending = await asyncio.wait(tasks, timeout=seconds)
        return not pending

    async def close(self) -> None:
        """Give up what is on its way."""
        tasks = self._tasks | self._validations
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._caller.close()

    # Notifications

    def _notify(self, event: Notification) -> None:
        before = self._told.get(event.connection_id)
        task = asyncio.get_running_loop().create_task(self._tell(event, before))
        self._told[event.connection_id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, event: Notification, before: asyncio.Task[None] | None) -> None:
        """Deliver a notification after the connection's one before it."""
        try:
            if before is not None:
                await asyncio.wait((before,))
            await self._deliver(event)
        finally:
            if self._told.get(event.connection_id) is asyncio.current_task():
                del self._told[event.connection_id]
                if event.connection_id in self._over:
                    self._over.remove(event.connection_id)
                    self._caller.jars.pop(event.connection_id, None)

    # Delivery

    async def _deliver(self, event: Event) -> tuple[WebhookResponse, int] | Failure:
        """Send an event to its handler; return a 2xx answer with the number of attempts, or what went wrong."""
        handler = event.handler
        assert handler is not None
        options = self._service.upstream.options
        if options.validation:
            validation = await self._validated(handler.url_template, event)
            if validation.problem is not None:
                return self.failed(
                    event, validation.problem, validation.detail, status=validation.status, method=validation.method
                )
        url = cloudevents.expand(handler.url_template, event.hub, event.name)
        try:
            request = cloudevents.event_request(event, url, self._service.keys.both, str(uuid.uuid4()))
            if handler.auth_resource and handler.auth_type == "ManagedIdentity":
                token = sign_upstream_token(self._service.keys.primary, handler.auth_resource, self._clock.time())
                request.headers["Authorization"] = f"Bearer {token}"
            called = self._called(event, url)
            try:
                response, attempts = await self._caller.send(request, options.event_timeout, event.connection_id)
            except asyncio.CancelledError:
                self._answered(called, "given up")
                raise
        except InvalidAnswer as error:
            return self.failed(event, error.kind, str(error))
        except Unanswered as error:
            self._answered(called, error.kind.value, error.status)
            return self.failed(event, error.kind, str(error), attempts=error.attempts, status=error.status)
        times = f"at attempt {attempts}" if attempts > 1 else ""
        # A server that echoes its request must not bring a token here; what failed has its body in the `Failure`.
        shows_body = response.is_success and handler.auth_type == "None"
        self._answered(called, times, response.status, response.body if shows_body else b"")
        if response.is_success:
            return response, attempts
        return self._not_successful(event, response, attempts)

    def _called(self, event: Event, url: str) -> Record | None:
        """Write that an upstream server is called. Of `connect` no body is kept: headers may be secrets."""
        if not self._service.trace.enabled:
            return None
        record = Record("event", event.hub, event.connection_id, event.user_id, event=event.name)
        record.method, record.url = "POST", mask_query(url)
        if isinstance(event, UserEvent):
            record.frames = (keep_data(event.payload.data, event.payload.data_type in ("text", "json")),)
        self._service.trace.add(record)
        return record

    def _answered(self, called: Record | None, detail: str, status: int = 0, body: bytes = b"") -> None:
        if called is not None:
            record = Record("answered", called.hub, called.connection_id, called.user_id, event=called.event)
            record.answers, record.status, record.detail = called.number, status or None, detail
            record.milliseconds = (self._clock.time() - called.time) * 1000
            record.frames = keep_body(body)
            self._service.trace.add(record)

    def _validation(self, hub: str, method: str, url: str, status: int = 0, detail: str = "") -> None:
        self._service.trace.add(Record("validation", hub, method=method, url=url, status=status or None, detail=detail))

    def _not_successful(self, event: Event, response: WebhookResponse, attempts: int) -> Failure:
        kind = FailureKind.STATUS
        if 300 <= response.status < 400:
            kind = FailureKind.REDIRECT
        elif isinstance(event, ConnectEvent) and 400 <= response.status < 500 and not response.may_be_retried:
            kind = FailureKind.REJECTED
        detail = next(iter(response.values("location")), "") if kind is FailureKind.REDIRECT else ""
        return self.failed(
            event, kind, mask_query(detail), attempts=attempts, status=response.status, body=response.body
        )

    async def _validated(self, template: str, event: Event) -> Validation:
        url = cloudevents.expand(template, event.hub, "validate")
        validation = self._service.upstream.validations.of(url, event.hub)
        if validation.is_due(self._clock.time()):
            validation.asking = True
            task = asyncio.get_running_loop().create_task(self._validate(validation, url, event))
            self._validating[url] = task
            self._validations.add(task)
            task.add_done_callback(lambda task: self._forget_validation(url, task))
        if not validation.known and (asking := self._validating.get(url)):
            await asyncio.wait((asking,))  # not cancelled with one of those who wait for it
        return validation

    def _forget_validation(self, url: str, task: asyncio.Task[None]) -> None:
        self._validations.discard(task)
        if self._validating.get(url) is task:
            del self._validating[url]

    async def _validate(self, validation: Validation, url: str, event: Event) -> None:
        """Ask by OPTIONS, and by GET where there is no OPTIONS (404), whether a webhook wants our events."""
        problem: FailureKind | None = FailureKind.VALIDATION_UNREACHABLE
        status, detail = 0, ""
        seconds = self._service.upstream.options.validation_timeout
        shown = mask_query(url)
        try:
            response, _ = await self._caller.send(cloudevents.validation_request(url, event.host), seconds)
            self._validation(event.hub, "OPTIONS", shown, response.status)
            validation.method = "OPTIONS"
            if response.status == 404:
                validation.method = "GET"
                response, _ = await self._caller.send(cloudevents.validation_request(url, event.host, "GET"), seconds)
                self._validation(event.hub, "GET", shown, response.status)
            status = response.status
            problem = cloudevents.validation_problem(response, event.host)
            if problem is FailureKind.VALIDATION_WRONG_ORIGIN:
                allowed = ", ".join(response.values("webhook-allowed-origin"))
                detail = f"{cloudevents.origin(event.host)} is not among: {allowed}"
        except Unanswered as error:
            if error.kind is FailureKind.TIMEOUT:
                problem = FailureKind.VALIDATION_TIMEOUT
            detail = str(error)
            self._validation(event.hub, validation.method, shown, detail=f"{error.kind.value} {detail}")
        finally:
            validation.finish(self._clock.time(), problem, status, detail)
