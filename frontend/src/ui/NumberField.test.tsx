import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLanguages } from "@/lib/i18n";
import { NumberField, type NumberFieldProps } from "./NumberField";

type Value = number | null;

let stored: Value;

function Form({ first = null, ...props }: { first?: Value } & Omit<Partial<NumberFieldProps>, "value" | "onChange">) {
  const [value, setValue] = useState<Value>(first);
  stored = value;
  return (
    <MantineProvider>
      <NumberField label="Rate" {...props} value={value} onChange={setValue} />
      <button onClick={() => setValue(7)}>Set</button>
      <button onClick={() => setValue(first)}>Reset</button>
    </MantineProvider>
  );
}

function show(props: Parameters<typeof Form>[0]) {
  render(<Form {...props} />);
  return screen.getByRole<HTMLInputElement>("textbox");
}

/** Select what is there and type over it. */
async function write(field: HTMLInputElement, text: string) {
  await userEvent.clear(field);
  await userEvent.type(field, text);
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("a number field", () => {
  it.each([
    ["52.5", 52.5],
    ["0.05", 0.05],
    [".5", 0.5],
    ["1e-5", 0.00001],
    ["1E-5", 0.00001],
    ["0.00001", 0.00001],
    ["-3", -3],
    ["1.50", 1.5],
    ["0,05", 0.05],
    ["52。5", 52.5], // what a Chinese keyboard writes for the point
    ["５２", 52],
    ["3 %", 3],
  ])("takes %s for what it says", async (text, number) => {
    const field = show({ first: 50 });
    await write(field, text);
    expect(stored).toBe(number);
    await userEvent.tab();
    expect(stored).toBe(number);
    expect(field.value).toBe(String(number));
  });

  it("shows what is being typed, sign by sign", async () => {
    const field = show({ first: 50 });
    await userEvent.clear(field);
    for (const shown of ["0", "0.", "0.0", "0.05", "0.050"]) {
      await userEvent.type(field, shown.at(-1)!);
      expect(field.value).toBe(shown);
    }
  });

  it("holds nothing once it is emptied, and begins anew from there", async () => {
    const field = show({ first: 5 });
    await userEvent.type(field, "{Backspace}");
    expect([field.value, stored]).toEqual(["", null]);
    await userEvent.type(field, "3");
    expect([field.value, stored]).toEqual(["3", 3]);
  });

  it("says what an empty field stands for, and does not fill it in", async () => {
    const field = show({ standard: 0.01 });
    expect(field.value).toBe("0.01");
    await write(field, "{Backspace}");
    expect([field.value, field.placeholder, stored]).toEqual(["", "0.01", null]);
    await userEvent.tab();
    expect(field.value).toBe("");
    await userEvent.type(field, "0.05");
    expect([field.value, stored]).toEqual(["0.05", 0.05]);
  });

  it("shows what is set from outside", async () => {
    const field = show({ first: 5 });
    await write(field, "6.");
    await userEvent.click(screen.getByText("Set"));
    expect(field.value).toBe("7");
    await write(field, "{Backspace}");
    await userEvent.click(screen.getByText("Reset"));
    expect(field.value).toBe("5");
  });

  it("writes shares in per cent without the noise of floating point", async () => {
    const field = show({ first: 0.07, times: 100, unit: "%" });
    expect(field.value).toBe("7");
    await write(field, "33.3"); // 33.3 / 100 is 0.33299999999999996
    expect([field.value, stored]).toEqual(["33.3", 0.333]);
    expect(screen.getByLabelText("Rate (%)")).toBe(field);
  });

  it("says so where a whole number is wanted, and does not make another number of it", async () => {
    const field = show({ first: 4, whole: true });
    await write(field, "1.5");
    expect([field.value, stored]).toEqual(["1.5", 1.5]);
    expect(screen.getByText("A whole number, please.")).toBeTruthy();
  });

  it("stays within its bounds once it is left, and not before", async () => {
    const field = show({ first: 4, min: 2, max: 9, whole: true });
    await write(field, "12");
    expect([field.value, stored]).toEqual(["12", 12]);
    await userEvent.tab();
    expect([field.value, stored]).toEqual(["9", 9]);
    await userEvent.type(field, "{ArrowUp}{ArrowDown}");
    expect([field.value, stored]).toEqual(["8", 8]);
  });

  it("takes no letters, and a number with separators as the one it is", async () => {
    const field = show({});
    await userEvent.type(field, "5k");
    expect(stored).toBe(5);
    await userEvent.clear(field);
    await userEvent.paste("1,250.5");
    expect([field.value, stored]).toEqual(["1250.5", 1250.5]);
  });

  it("refuses what it could not keep digit by digit, and leaves it as it was written", async () => {
    const field = show({ first: 0, whole: true });
    await write(field, "9007199254740991");
    expect(stored).toBe(9007199254740991);
    expect(screen.queryByText(/9007199254740991/)).toBeNull();
    await write(field, "9007199254740993");
    await userEvent.tab();
    expect(field.value).toBe("9007199254740993");
    expect(screen.getByText(/Numbers end at 9007199254740991/)).toBeTruthy();
    expect(JSON.stringify(stored)).toBe("null"); // no other number is sent in its place
  });
});
