"""``mock_lambda``: one object as decorator, ``with``, ``async with`` and start/stop.

The outermost start opens a cloud and the patches; its stop drops both. Starts inside it share its state, and
lay their options over it until they stop.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from mocklambda.config import Config
from mocklambda.errors import NotStarted

if TYPE_CHECKING:
    from mocklambda.cloud import Cloud, Start

EXPLANATION = "__mocklambda__"
"""Attribute of an exception that left a cloud: what its report shows."""

T = TypeVar("T", bound=Callable[..., Any])

_CLASS_SETUPS = (("setUpClass", "tearDownClass"), ("setup_class", "teardown_class"))


class MockLambda:
    """A mock that can be started and stopped, any number of times, nested or not.

    Args:
        options: as ``mock_lambda``'s.

    """

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        if options:
            Config.build(options)  # an unknown option is an error where it was written
        self._opened: list[tuple[Cloud, Start]] = []
        self._was_started = False

    # -- start and stop ----------------------------------------------------------------------------------

    def start(self) -> Cloud:
        """Start mocking; returns the cloud, which an outer start may have opened already."""
        from mocklambda.cloud import open_cloud

        cloud, start = open_cloud(self._options)
        self._opened.append((cloud, start))
        self._was_started = True
        return cloud

    def stop(self) -> None:
        """Stop what the last ``start`` of this object began; a no-op when all was stopped already.

        Raises:
            NotStarted: it was never started; nothing is changed.
            UnmockedAWSCall: while active, a call to AWS was made that nothing serves.

        """
        self.stop_after(None)

    def stop_after(self, error: BaseException | None) -> None:
        """Stop as ``stop`` does; after an error, which is told what happened, nothing else is raised."""
        if not self._opened:
            if not self._was_started:
                raise NotStarted("stop() before start(): nothing was started by this mock_lambda")
            return
        if error is not None:
            _explain(self._opened[-1][0], error)
        self._leave(is_failing=error is not None)

    def _leave(self, *, is_failing: bool) -> None:
        cloud, start = self._opened.pop()
        cloud.leave(start, is_failing=is_failing)

    def __enter__(self) -> Cloud:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_after(error)

    async def __aenter__(self) -> Cloud:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_after(error)

    # -- decorator ---------------------------------------------------------------------------------------

    def __call__(self, target: T) -> T:
        """Decorate a function, a coroutine function, a generator of either kind, or a test class."""
        if not callable(target):
            raise TypeError(f"mock_lambda decorates functions and classes, not {target!r}")
        decorated: T = (
            self._decorate_class(target) if inspect.isclass(target) else self._decorate_function(target)
        )
        return decorated

    def _fresh(self) -> MockLambda:
        return MockLambda(self._options)

    def _decorate_function(self, function: Any) -> Any:
        fresh = self._fresh
        wrapper: Any
        if inspect.iscoroutinefunction(function):

            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                with fresh():
                    return await function(*args, **kwargs)

        elif inspect.isasyncgenfunction(function):
            wrapper = _around_async_generator(function, fresh)
        elif inspect.isgeneratorfunction(function):

            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with fresh():
                    return (yield from function(*args, **kwargs))

        else:

            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with fresh():
                    return function(*args, **kwargs)

        return functools.wraps(function)(wrapper)

    def _decorate_class(self, cls: Any) -> Any:
        """Open one cloud per test method: before its set-up, closed after its tear-down.

        A class with a set-up of its own for the whole class shares one cloud, opened before that; so does a
        subclass that adds one.
        """
        unittest = sys.modules.get("unittest")
        is_test_case = unittest is not None and issubclass(cls, unittest.TestCase)
        if is_test_case:
            self._wrap_run(cls)
        self._wrap_subclasses(cls)
        for set_up, tear_down in _CLASS_SETUPS:
            if _defines(cls, set_up):
                self._wrap_class_setup(cls, set_up, tear_down)
                return cls
        if "mocklambda.plugin" in sys.modules:
            import pytest

            return pytest.mark.mock_lambda(**self._options)(cls)
        if "pytest" in sys.modules and not is_test_case:
            self._wrap_method_setup(cls)
            return cls
        if not is_test_case:
            for name, member in list(vars(cls).items()):
                if not name.startswith("test"):
                    continue
                if isinstance(member, (staticmethod, classmethod)):
                    setattr(cls, name, type(member)(self._decorate_function(member.__func__)))
                elif callable(member):
                    setattr(cls, name, self._decorate_function(member))
        return cls

    def _wrap_run(self, cls: Any) -> None:
        run, fresh = cls.run, self._fresh

        @functools.wraps(run)
        def mocked_run(case: Any, result: Any = None) -> Any:
            mock = fresh()
            mock.start()
            case.addCleanup(
                _check, case, result, _failures(result)
            )  # the first to be added is the last to run
            try:
                return run(case, result)
            finally:
                mock._leave(is_failing=True)  # noqa: SLF001 - the case was told; unittest would end here

        cls.run = mocked_run

    def _wrap_subclasses(self, cls: Any) -> None:
        """Open the cloud before a set-up for the whole class that only a subclass has."""
        own = vars(cls).get("__init_subclass__")
        wrap = self._wrap_class_setup

        def init_subclass(sub: Any, /, **options: Any) -> None:
            if own is None:
                super(cls, sub).__init_subclass__(**options)
            else:
                own.__func__(sub, **options)
            for set_up, tear_down in _CLASS_SETUPS:
                if set_up in vars(sub):
                    wrap(sub, set_up, tear_down)

        cls.__init_subclass__ = classmethod(init_subclass)

    def _wrap_method_setup(self, cls: Any) -> None:
        """Open the cloud in ``setup_method``: without the plugin nobody would heed the marker."""
        set_up, tear_down = (getattr(cls, name, None) for name in ("setup_method", "teardown_method"))
        opened: dict[int, MockLambda] = {}
        fresh = self._fresh

        def setup_method(case: Any, method: Any) -> None:
            opened[id(case)] = mock = fresh()
            mock.start()
            try:
                _call(set_up, case, method)
            except BaseException as error:
                opened.pop(id(case)).stop_after(error)
                raise

        def teardown_method(case: Any, method: Any) -> None:
            try:
                _call(tear_down, case, method)
            finally:
                opened.pop(id(case)).stop()

        cls.setup_method, cls.teardown_method = setup_method, teardown_method

    def _wrap_class_setup(self, cls: Any, set_up: str, tear_down: str) -> None:
        inner_set_up = getattr(cls, set_up).__func__
        inner_tear_down = getattr(getattr(cls, tear_down, None), "__func__", None)
        fresh = self._fresh
        opened: dict[Any, MockLambda] = {}

        def start(owner: Any) -> None:
            opened[owner] = mock = fresh()
            mock.start()
            try:
                inner_set_up(owner)
            except BaseException as error:
                opened.pop(owner).stop_after(error)
                raise

        def stop(owner: Any) -> None:
            try:
                if inner_tear_down is not None:
                    inner_tear_down(owner)
            finally:
                mock = opened.pop(owner, None)  # None: a subclass has not called the set-up that it overrides
                if mock is not None:
                    mock.stop()

        setattr(cls, set_up, classmethod(start))
        setattr(cls, tear_down, classmethod(stop))


def _check(case: Any, result: Any, failures_before: int) -> None:
    """Fail a test case for what it called unserved, as one of its cleanups; not one that has failed by itself."""
    untold = getattr(case._outcome, "errors", ())  # noqa: SLF001 - Python 3.10 tells the result at the end only
    has_failed = _failures(result) > failures_before or any(error is not None for _, error in untold)
    if not has_failed:
        current().raise_violations()


def _failures(result: Any) -> int:
    return len(getattr(result, "failures", ())) + len(getattr(result, "errors", ()))


def _explain(cloud: Cloud, error: BaseException) -> None:
    """Leave word of what happened with the error that ends the cloud, for pytest's report of it."""
    if "mocklambda.plugin" in sys.modules and not hasattr(error, EXPLANATION):
        from mocklambda.explain import explain

        with contextlib.suppress(AttributeError):  # an exception with slots
            setattr(error, EXPLANATION, explain(cloud))


def _call(hook: Any, case: Any, method: Any) -> None:
    """Call a set-up or tear-down as pytest does: with the test's method if it takes that."""
    if hook is not None:
        takes_method = len(inspect.signature(hook).parameters) > 1
        hook(case, method) if takes_method else hook(case)


def _around_async_generator(function: Any, fresh: Callable[[], MockLambda]) -> Any:
    """Pass on what is sent and thrown, as ``yield from`` would if async generators had it."""

    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with fresh():
            inner = function(*args, **kwargs)
            try:
                item = await inner.asend(None)
                while True:
                    try:
                        sent = yield item
                    except GeneratorExit:
                        await inner.aclose()
                        raise
                    except BaseException as error:
                        item = await inner.athrow(error)
                    else:
                        item = await inner.asend(sent)
            except StopAsyncIteration:
                return

    return wrapper


def _defines(cls: Any, name: str) -> bool:
    unittest = sys.modules.get("unittest")
    ignored = {object} | ({unittest.TestCase} if unittest is not None else set())
    return any(
        name in vars(base)
        for base in cls.__mro__
        if base not in ignored and base.__module__ != "unittest.async_case"
    )


@overload
def mock_lambda(target: T, /) -> T: ...


@overload
def mock_lambda(**options: Any) -> MockLambda: ...


def mock_lambda(target: Any = None, /, **options: Any) -> Any:
    """Mock AWS in this process: Lambda really running its handlers, and the services around it.

    Works bare or with options, as a decorator of functions, coroutine functions and test classes, as
    ``with`` and ``async with`` (giving the `Cloud`), and by ``start()`` / ``stop()``.

    Args:
        target: what is decorated, when used bare.
        options: any of `mocklambda.config.Config`'s fields, such as ``region="eu-west-1"``,
            ``settle="manual"``, ``clock=datetime(2024, 1, 1, tzinfo=timezone.utc)``.

    Raises:
        UsageError: an option that does not exist, named with the nearest one that does.

    Example:
        >>> with mock_lambda(region="eu-west-1") as cloud:
        ...     queue = cloud.queue("orders")

    """
    mock = MockLambda(options)
    return mock if target is None else mock(target)


def current() -> Cloud:
    """Return the active `Cloud`, for code that was given none (decorated functions).

    Raises:
        NotStarted: no mock_lambda is active.

    """
    from mocklambda.cloud import Cloud
    from mocklambda.intercept import active

    session = active.current()
    assert isinstance(session, Cloud)
    return session
