import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startLanguages } from "@/lib/i18n";
import { TopBar } from "./TopBar";

vi.mock("@/features/auth/session", () => ({
  useMe: () => ({ username: "mo" }),
  usePageTitle: () => undefined,
  useSignOut: () => async () => undefined,
}));
vi.mock("@/features/labeling/workplace", () => ({ useWorkplace: () => ({ outbox: { state: { unsent: [] } } }) }));
vi.mock("@/features/labeling/UnsentMark", () => ({ UnsentMark: () => null }));

function open() {
  render(
    <MemoryRouter>
      <TopBar />
      <button>Beyond</button>
    </MemoryRouter>,
  );
  const menu = screen.getByRole<HTMLDetailsElement>("group", { name: "" });
  menu.open = true;
  screen.getByText("Sign out").focus();
  return menu;
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("the menu of the account", () => {
  it("closes once the keyboard has left it", async () => {
    const menu = open();
    await userEvent.tab({ shift: true });
    expect(menu.open).toBe(true);
    await userEvent.tab();
    await userEvent.tab();
    expect(document.activeElement).toBe(screen.getByText("Beyond"));
    expect(menu.open).toBe(false);
  });

  it("gives focus back to its button on Escape", async () => {
    const menu = open();
    await userEvent.keyboard("{Escape}");
    expect(menu.open).toBe(false);
    expect(document.activeElement).toBe(menu.querySelector("summary"));
  });
});
