import { MantineProvider, TextInput } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { Problem, type FieldError } from "@/lib/http";
import { startLanguages } from "@/lib/i18n";
import { Failure } from "./parts";
import { useAct } from "./useAct";

const refusal = (field: string, message: string): FieldError => ({ field, rule: "x", message });

function Form({ errors }: { errors: FieldError[] }) {
  const { act, error, fieldError } = useAct([]);
  return (
    <form>
      <TextInput label="Name" error={fieldError("name")} />
      <TextInput label="Rate" error={fieldError("config.rate")} />
      <Failure error={error} />
      <button type="button" onClick={() => void act(() => Promise.reject(new Problem(400, "invalid", "Invalid", errors, {})))}>Send</button>
    </form>
  );
}

async function send(...errors: FieldError[]) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider>
        <Form errors={errors} />
      </MantineProvider>
    </QueryClientProvider>,
  );
  await userEvent.click(screen.getByText("Send"));
  return (await screen.findByRole("alert")).textContent;
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("a refusal", () => {
  it("stands beside its field alone, and below it is said that something is marked", async () => {
    const below = await send(refusal("name", "The name is taken."));
    expect(screen.getAllByText("The name is taken.")).toHaveLength(1);
    expect(below).toBe("This was not accepted: see what is marked.");
    expect(document.activeElement).toBe(screen.getByLabelText("Name"));
  });

  it("does not begin with the name of the field beside which it stands", async () => {
    await send(refusal("name", "name：已被使用。"), refusal("config.rate", "rate: 3 is not allowed"));
    expect(screen.getByText("已被使用。")).toBeTruthy();
    expect(screen.getByText("3 is not allowed")).toBeTruthy();
  });

  it("that no field of the form says stands below, once and with the name", async () => {
    const below = await send(refusal("name", "Taken."), refusal("plan", "plan: retired"), refusal("plan", "plan: retired"));
    expect(below).toBe("plan: retired");
  });
});
