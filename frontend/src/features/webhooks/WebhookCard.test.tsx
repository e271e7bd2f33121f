import { MantineProvider } from "@mantine/core";
import { cleanup, render } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLanguages, switchLanguage } from "@/lib/i18n";
import type { Webhook } from "./api";
import { Standing } from "./WebhookCard";

function told(more: Partial<Webhook>): string {
  const webhook = { state: "active", waiting: 0, dead: 0, failing_status: null, failing_error: null, ...more };
  const { container } = render(<Standing webhook={webhook as Webhook} />, {
    wrapper: ({ children }) => (
      <MantineProvider>
        <main>{children}</main>
      </MantineProvider>
    ),
  });
  return container.querySelector("main")!.textContent;
}

beforeAll(startLanguages);
afterEach(async () => {
  cleanup();
  await switchLanguage("en");
});

describe("a webhook", () => {
  it("whose receiver answers an error is not said to be active", async () => {
    const failing = { waiting: 3, failing_status: 500, failing_error: "the receiver answered 500" };
    expect(told(failing)).toBe("Failing: last answer 500, 3 waiting");
    cleanup();
    await switchLanguage("zh-Hans");
    expect(told(failing)).toBe("发送失败：最近一次应答 500，3 条等待发送");
  });
  it("whose receiver does not answer says why", () => {
    expect(told({ waiting: 1, failing_error: "ConnectionRefusedError: refused" })).toBe(
      "Failing: no answer (ConnectionRefusedError: refused), 1 waiting",
    );
  });
  it("that does well or is paused says so", () => {
    expect(told({ waiting: 1 })).toBe("Active1 waiting");
    cleanup();
    expect(told({ state: "paused", failing_error: "x", dead: 2 })).toBe("Paused2 given up");
  });
});
