"""Inside the run process of a registered task type: its function gets the checked configuration."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from runyard.domain.errors import Invalid
from runyard.executors.conversion import Unfit, convert
from runyard.executors.performing import end, launch_from_environment, perform
from runyard.sdk.context import Context
from runyard.sdk.registry import EXECUTORS

_POSITIONAL = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}


def run(launch: Mapping[str, Any]) -> int:
    """`Launch.target` of registered types; `launch` is its JSON. Answers the exit code."""
    return perform(launch, _call)


def _call(
    function: Callable[..., Any], launch: Mapping[str, Any], context: Context
) -> Callable[[], Any]:
    """`function(config, context)`, or `function(context)` when it takes one argument.

    With a single argument that is annotated with the config's model, it gets the configuration.
    """
    entry = launch["context"]["entry"]
    model = config_model(function, entry["executor"])
    places = [
        parameter
        for parameter in inspect.signature(function, eval_str=False).parameters.values()
        if parameter.kind in _POSITIONAL and parameter.default is inspect.Parameter.empty
    ]
    if len(places) >= 2:
        return partial(function, _config(entry["config"], model), context)
    if places and _is_model(places[0].annotation, model):
        return partial(function, _config(entry["config"], model))
    return partial(function, context) if places else function


def config_model(function: Callable[..., Any], name: str) -> type[Any] | None:
    """The model that the newest registration of `function` under `name` gave."""
    for known in reversed(EXECUTORS):
        if known.name == name and known.function is function:
            return known.config_model
    for known in reversed(EXECUTORS):  # wrapped by a further decorator after it was registered
        if known.name == name:
            return known.config_model
    return None


def _is_model(annotation: Any, model: type[Any] | None) -> bool:
    if isinstance(annotation, str):
        return model is not None and annotation.rpartition(".")[2] == model.__name__
    return model is not None and annotation is model


def _config(config: Mapping[str, Any], model: type[Any] | None) -> Any:
    if model is None:
        return dict(config)
    try:
        return convert(dict(config), model, where="config")
    except Unfit as unfit:
        said = "; ".join(f"{each['where']}: {each['message']}" for each in unfit.problems)
        raise Invalid(f"the configuration is not right: {said}", problems=unfit.problems) from unfit


if __name__ == "__main__":
    end(run(launch_from_environment()))
