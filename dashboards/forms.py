"""Forms of the admin pages: errors beside their fields, and nothing done twice by a second click.

Belongs here: the mechanics of a form. Does not belong here: which fields one has, or a rule about them (the command
refuses, and names the field).

    with forms.Form("disable", submit=say("accounts.disable")) as form:
        reason = form.text("reason", say("form.reason"))
    if form.is_submitted:
        form.carry_out(disable_account, done=say("accounts.disabled"), account_id=account_id, reason=reason)

A field bears the name of the command's argument.
"""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards.acting import act, reason_of, say_after_rerun
from dashboards.language import say
from operations.access import NotAllowed
from operations.commands.refusals import Refused

T = TypeVar("T")


class Form:
    """One form on a page, under a key that no other form of the page has.

    Every time that it has done its work it is a new form, empty and under a new number: a second click on the old one
    finds nothing to do.
    """

    def __init__(self, key: str, *, submit: str, border: bool = True, is_danger: bool = False) -> None:
        self.key = key
        self.is_submitted = False
        self._number = st.session_state.setdefault(f"form_{key}", 0)
        self._submit = submit
        self._icon = ":material/warning:" if is_danger else None
        self._form = st.form(self._widget("form"), border=border, enter_to_submit=False)
        self._places: dict[str, DeltaGenerator] = {}
        self._foot: DeltaGenerator | None = None

    def __enter__(self) -> Self:
        """Begin the fields."""
        self._form.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the fields with the button, and a place for what is about none of them."""
        if kind is None:
            self._foot = st.empty()
            self.is_submitted = st.form_submit_button(
                self._submit, type="primary", icon=self._icon, key=self._widget("submit")
            )
        self._form.__exit__(kind, error, trace)

    def text(
        self,
        field: str,
        label: str,
        *,
        value: str = "",
        kind: Literal["default", "email", "password", "phone"] = "default",
        help: str | None = None,
        placeholder: str | None = None,
    ) -> str:
        """Show a line of text, and return it."""
        typed = st.text_input(
            label,
            value,
            key=self._widget(field),
            type=kind,
            help=help,
            placeholder=placeholder,
        )
        self._place(field)
        return typed or ""

    def long_text(self, field: str, label: str, *, value: str = "", placeholder: str | None = None) -> str:
        """Show room for several lines, such as a reason, and return them."""
        typed = st.text_area(label, value, key=self._widget(field), placeholder=placeholder, height=90)
        self._place(field)
        return typed or ""

    def choice(
        self,
        field: str,
        label: str,
        options: Sequence[str],
        *,
        value: str | None = None,
        format_func: Callable[[str], str] = str,
    ) -> str:
        """Show a list to choose one from, and return the code chosen."""
        labels = {option: format_func(option) for option in options}
        index = list(options).index(value) if value is not None and value in options else 0
        chosen = st.selectbox(
            label,
            options,
            index=index,
            format_func=lambda option: labels.get(option, option),
            key=self._widget(field),
        )
        self._place(field)
        return chosen or ""

    def show(self, field: str, widget: Callable[..., T], *arguments: Any, **settings: Any) -> T:
        """Show any other widget of Streamlit as a field, and return its value."""
        value = widget(*arguments, key=self._widget(field), **settings)
        self._place(field)
        return value

    def complain(self, field: str | None, text: str) -> None:
        """Show an error beside a field, or at the foot where it is about none of them."""
        place = self._places.get(field or "", self._foot)
        if place is not None:
            place.markdown(f":red[:material/error: {text}]")

    def carry_out(self, command: Callable[..., T], *, done: str, **arguments: Any) -> T | None:
        """Carry the command out, say that it is `done` and begin anew; or say beside the field why it is refused.

        Returns what the command returns where the run goes on: with None after a refusal. Otherwise the run is begun
        anew, and this does not return.
        """
        result = self.try_out(command, **arguments)
        if result is None:
            return None
        say_after_rerun(done)
        st.rerun()

    def try_out(self, command: Callable[..., T], **arguments: Any) -> T | None:
        """Carry the command out and return what it returns, or None after saying why it is refused."""
        # The next number is taken before: a second click that waits meanwhile belongs to a form that is gone.
        st.session_state[f"form_{self.key}"] = self._number + 1
        try:
            return act(command, **arguments)
        except (Refused, NotAllowed) as problem:
            st.session_state[f"form_{self.key}"] = self._number
            self.complain(problem.field if isinstance(problem, Refused) else None, reason_of(problem))
            return None

    def _place(self, field: str) -> None:
        self._places[field] = st.empty()

    def _widget(self, name: str) -> str:
        return f"{self.key}_{self._number}_{name}"


def reason_field(form: Form) -> str:
    """Show the field for why something is done, which the audit log keeps, and return it."""
    return form.long_text("reason", say("form.reason"), placeholder=say("form.reason.help"))
