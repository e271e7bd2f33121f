import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { useFirstWrong } from "./firstWrong";

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
});
