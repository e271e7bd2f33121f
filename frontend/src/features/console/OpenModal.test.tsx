import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLanguages } from "@/lib/i18n";
import { OpenModal } from "./OpenModal";

function Page() {
  const [open, setOpen] = useState(false);
  return (
    <MantineProvider>
      <button onClick={() => setOpen(true)}>New</button>
      {open && (
        <OpenModal title="New" onClose={() => setOpen(false)}>
          <input aria-label="Name" data-autofocus />
        </OpenModal>
      )}
    </MantineProvider>
  );
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("a dialog", () => {
  it("gives focus back to the button that opened it", async () => {
    render(<Page />);
    const button = screen.getByText("New");
    await userEvent.click(button);
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Name")));
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(document.activeElement).toBe(button);
  });
});
