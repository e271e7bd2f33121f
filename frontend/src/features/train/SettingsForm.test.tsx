import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startLanguages, switchLanguage } from "@/lib/i18n";
import { brokenRules, type ConfigSchema } from "./settings";
import { SettingsForm, type Config } from "./SettingsForm";

const SCHEMA: ConfigSchema = {
  properties: {
    kl_coefficient: { type: "number", default: 0.01, minimum: 0 },
    epochs: { type: "integer", default: 5, minimum: 1 },
    value_clip: { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }], default: 0.2 },
    learning_rate: { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }], default: null },
  },
};

let sent: Config;

interface FormProps {
  first: Config;
  schema?: ConfigSchema;
  important?: readonly string[];
  errorOf?: (field: string) => string | undefined;
}

function Form({ first, schema = SCHEMA, important = Object.keys(SCHEMA.properties), errorOf = () => undefined }: FormProps) {
  const [config, setConfig] = useState(first);
  sent = config;
  return (
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider>
        <SettingsForm
          schema={schema}
          important={important}
          config={config}
          onChange={setConfig}
          errorOf={errorOf}
        />
      </MantineProvider>
    </QueryClientProvider>
  );
}

function field(name: string, first: Config = {}) {
  render(<Form first={first} />);
  return screen.getByLabelText<HTMLInputElement>(name);
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("the settings of a run", () => {
  it("call the priority of the chosen items another than the run's own", async () => {
    const schema = { properties: { priority: { type: "integer", default: 1, description: "Of items." } } };
    render(<Form first={{}} schema={schema} important={["priority"]} />);
    expect(screen.getByLabelText("Priority of items")).toBeTruthy();
    expect(screen.getByText("Of items.")).toBeTruthy();
    await act(() => switchLanguage("zh-Hans"));
    expect(await screen.findByLabelText("条目优先级")).toBeTruthy();
    await act(() => switchLanguage("en"));
  });

  it("keep a decimal that is typed over a default", async () => {
    const kl = field("KL coefficient");
    await userEvent.clear(kl);
    await userEvent.type(kl, "0.05");
    expect(sent).toEqual({ kl_coefficient: 0.05 });
  });

  it("go back to the default where they are emptied, without filling it in again", async () => {
    const epochs = field("Epochs", { epochs: 5 });
    await userEvent.type(epochs, "{Backspace}");
    expect([sent, epochs.value, epochs.placeholder]).toEqual([{}, "", "5"]);
    await userEvent.type(epochs, "3");
    expect(sent).toEqual({ epochs: 3 });
  });

  it("are switched off where they may be empty", async () => {
    const clip = field("Value clip");
    expect(clip.value).toBe("0.2");
    await userEvent.clear(clip);
    expect([sent, clip.value, clip.placeholder]).toEqual([{ value_clip: null }, "", "none"]);
  });

  it("are left out again where empty is the default", async () => {
    const rate = field("Learning rate");
    await userEvent.type(rate, "1e-5");
    expect(sent).toEqual({ learning_rate: 0.00001 });
    await userEvent.clear(rate);
    expect([sent, rate.placeholder]).toEqual([{}, "automatic"]);
  });

  it("say at once that a number is out of its range, and go on taking what is typed", async () => {
    const epochs = field("Epochs");
    await userEvent.clear(epochs);
    await userEvent.type(epochs, "-5");
    expect([epochs.getAttribute("aria-invalid"), sent]).toEqual(["true", { epochs: -5 }]);
    expect(screen.getByText(/^-5 is not allowed. Allowed: ≥/)).toBeTruthy();
    await userEvent.clear(epochs);
    await userEvent.type(epochs, "5");
    expect(screen.queryByText(/is not allowed/)).toBeNull();
  });

  it("that are one click away come into sight while one is wrong, and stay", async () => {
    render(<Form first={{ epochs: 0 }} important={["kl_coefficient"]} />);
    const more = screen.getByRole("button", { name: "3 more settings" });
    expect(more.getAttribute("aria-expanded")).toBe("true");
    const epochs = screen.getByLabelText<HTMLInputElement>("Epochs");
    await userEvent.clear(epochs);
    await userEvent.type(epochs, "12");
    expect([sent, document.activeElement]).toEqual([{ epochs: 12 }, epochs]);
    expect(more.getAttribute("aria-expanded")).toBe("true");
  });

  it("show what the server says of one below its label", () => {
    const errorOf = (name: string) => (name === "config.epochs" ? "7 is not allowed" : undefined);
    render(<Form first={{}} errorOf={errorOf} />);
    expect(screen.getByText("7 is not allowed")).toBeTruthy();
  });

  it("that are chosen are told by name, identifier and what each choice does, in both languages", async () => {
    vi.stubGlobal("ResizeObserver", class { observe() {} unobserve() {} disconnect() {} });
    Element.prototype.scrollIntoView = () => undefined;
    const properties = { ties: { type: "string", enum: ["drop", "rao_kupper"], default: "drop" } };
    const seen = [];
    for (const [language, label] of [["en", "Ties"], ["zh-Hans", "并列的处理"]] as const) {
      await switchLanguage(language);
      render(<Form first={{}} schema={{ properties }} important={["ties"]} />);
      const ties = await screen.findByRole<HTMLInputElement>("combobox", { name: label });
      await waitFor(() => expect(ties.value).toMatch(/ \(drop\)$/));
      await userEvent.click(ties);
      seen.push(screen.getAllByRole("option", { hidden: true }).map((option) => option.textContent));
      cleanup();
    }
    await switchLanguage("en");
    expect(seen).toEqual([
      [
        "Leave out (drop)Tied completions are not compared.",
        "Rao–Kupper (rao_kupper)A tie is likely where scores differ by less than a learnt threshold.",
      ],
      ["舍弃 (drop)并列的回答不作比较。", "Rao–Kupper 模型 (rao_kupper)得分之差小于学得的阈值时，容易并列。"],
    ]);
  });

  it("that are switched off do not stand at their default in a rule", () => {
    const schema = { ...SCHEMA, rules: [{ setting: "value_clip", must: "at_least", than: 1 } as const] };
    expect(brokenRules(schema, {})).toHaveLength(1);
    expect(brokenRules(schema, { value_clip: null })).toEqual([]);
  });
});
