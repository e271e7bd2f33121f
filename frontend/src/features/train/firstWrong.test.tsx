import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { Problem } from "@/lib/http";
import { untold, useFirstWrong } from "./firstWrong";

function Form() {
  const { form, goToFirstWrong } = useFirstWrong();
  return (
    <form ref={form}>
      <input aria-label="right" />
      <input aria-label="wrong" aria-invalid="true" />
      <input aria-label="wrong too" aria-invalid="true" />
      <button type="button" onClick={goToFirstWrong}>
        Start
      </button>
    </form>
  );
}

afterEach(cleanup);

describe("a form that cannot be sent", () => {
  it("takes the person to the first wrong field, each time", async () => {
    render(<Form />);
    for (let time = 0; time < 2; time += 1) {
      await userEvent.click(screen.getByText("Start"));
      expect(document.activeElement).toBe(screen.getByLabelText("wrong"));
    }
  });

  it("says below only what no field says", () => {
    const errors = ["config.epochs", "snapshot"].map((field) => ({ field, rule: "x", message: field }));
    const problem = new Problem(400, "invalid", "Invalid", errors, {});
    const left = untold(problem, (field) => field === "config.epochs");
    expect((left as Problem).errors.map(({ field }) => field)).toEqual(["snapshot"]);
    expect(untold(problem, () => true)).toBeNull();
    expect(untold("anything else", () => true)).toBe("anything else");
  });
});
