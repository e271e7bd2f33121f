import { act, render, screen, waitFor } from "@testing-library/react";
import { beforeAll, describe, expect, it } from "vitest";
import { startLanguages } from "@/lib/i18n";
import { ModelText } from "./ModelText";

beforeAll(async () => {
  await startLanguages();
});

const complete = (container: HTMLElement) => container.querySelector('[data-complete="true"]');

describe("a text on the page", () => {
  it("stands there as it is until its Markdown is read", async () => {
    const { container } = render(<ModelText text="some **bold** words" />);
    expect(container.textContent).toBe("some **bold** words");
    expect(complete(container)).toBeNull();
    await waitFor(() => expect(complete(container)).not.toBeNull());
    expect(container.querySelector("strong")?.textContent).toBe("bold");
  });

  it("comes piece by piece when it is long, and whole in the end", async () => {
    const lines = Array.from({ length: 600 }, (_, index) => `paragraph number ${index} of the text`);
    const { container } = render(<ModelText text={lines.join("\n\n")} />);
    await waitFor(() => expect(container.querySelector("p")).not.toBeNull());
    const first = container.querySelectorAll("p").length;
    await waitFor(() => expect(complete(container)).not.toBeNull(), { timeout: 10_000 });
    expect(first).toBeLessThan(600);
    expect([...container.querySelectorAll("p")].map((each) => each.textContent)).toEqual(lines);
  });

  it("is the same letter by letter in the raw view", async () => {
    const text = "# a\r\n**b** <i>\u202e\n" + "x".repeat(9_000);
    const { container } = render(<ModelText text={text} raw />);
    await waitFor(() => expect(complete(container)).not.toBeNull());
    expect(container.textContent).toBe(text.replace("\r\n", "\n").replace("\u202e", "⟨U+202E⟩"));
  });

  it("says in words that nothing is written, and that it is shown as written", async () => {
    const { rerender, container } = render(<ModelText text={" \n "} />);
    expect(container.textContent).toBe("Nothing is written here.");
    rerender(<ModelText text={`${">".repeat(500)}deep down`} />);
    expect(await screen.findByText(/^Shown as written/)).toBeTruthy();
    expect(container.textContent).toContain("deep down");
  });

  it("changes with its text", async () => {
    const { rerender, container } = render(<ModelText text="*one*" />);
    await waitFor(() => expect(container.querySelector("em")?.textContent).toBe("one"));
    act(() => rerender(<ModelText text="*two*" />));
    await waitFor(() => expect(container.querySelector("em")?.textContent).toBe("two"));
  });
});
