import dataclasses, enum, typing
@dataclasses.dataclass
class A:
    b: "B | None" = None
@dataclasses.dataclass
class B:
    x: int = 1
print(typing.get_type_hints(A), A(B()))
class Color(enum.Enum):
    RED = 1
print(repr(Color.RED), Color.__module__)
class N(typing.NamedTuple):
    x: int
print(N(1))
