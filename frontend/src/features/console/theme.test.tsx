import { MantineProvider, MultiSelect, Select } from "@mantine/core";
import { act, cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { theme } from "./theme";

vi.stubGlobal("ResizeObserver", class {
  observe = () => undefined;
  unobserve = () => undefined;
  disconnect = () => undefined;
});
window.HTMLElement.prototype.scrollIntoView = () => undefined;

afterEach(cleanup);

describe.each([
  ["one", Select],
  ["several", MultiSelect],
])("a field to choose %s", (_, Field) => {
  it("opens its list when it is asked to, not when it gets the focus", async () => {
    render(
      <MantineProvider theme={theme} env="test">
        <Field label="Set" data={["first"]} error="Choose one." searchable />
      </MantineProvider>,
    );
    const field = screen.getByRole("combobox");
    act(() => field.focus());
    expect(field.getAttribute("aria-expanded")).not.toBe("true");
    await userEvent.keyboard("{ArrowDown}");
    expect(field.getAttribute("aria-expanded")).toBe("true");
    await userEvent.keyboard("{Escape}");
    await userEvent.click(field);
    expect(field.getAttribute("aria-expanded")).toBe("true");
  });
});
