import { beforeEach, describe, expect, it, vi } from "vitest";
import { Problem, Unreachable } from "@/lib/http";
import type { Assignment } from "./api";
import { Journal } from "./journal";
import { WorkQueue } from "./queue";
import type { Tabs } from "./tabs";

const TABS: Tabs = {
  onTaken: null,
  hold: () => Promise.resolve(true),
  release: () => undefined,
  elsewhere: () => Promise.resolve([]),
  takeOver: () => Promise.resolve(),
};

function item(slot: string): Assignment {
  return { slot_id: slot, project_id: "p", lease_token: slot, lease_seconds: 600 } as Assignment;
}

/** A queue at a server with two items; `no`: what it answers from then on. */
async function atWork(journal: Journal) {
  const waiting = ["a", "b"].map(item);
  const server = {
    no: null as Error | null,
    claim: () => (server.no ? Promise.reject(server.no) : Promise.resolve(waiting.shift() ?? null)),
    heartbeat: () => (server.no ? Promise.reject(server.no) : Promise.resolve()),
  };
  const queue = new WorkQueue("p", server, journal, TABS, () => []);
  queue.start();
  await vi.waitFor(() => expect(queue.state.next?.assignment.slot_id).toBe("b"));
  return { queue, server };
}

describe("the items at hand", () => {
  let journal: Journal;
  beforeEach(async () => {
    localStorage.clear();
    journal = new Journal("wei");
    await journal.open();
  });

  it("stay mine while their project is archived", async () => {
    const { queue, server } = await atWork(journal);
    server.no = new Problem(409, "archived", "", [], {});
    expect(await queue.renew()).toEqual([]);
    expect(queue.state.next?.assignment.slot_id).toBe("b");
    queue.stop();
  });

  it("are lost where the server says so, and the one behind is let go", async () => {
    const { queue, server } = await atWork(journal);
    server.no = new Problem(409, "lease_lost", "", [], {});
    expect(await queue.renew()).toEqual(["a"]);
    expect(queue.state.next).toBeNull();
    queue.stop();
  });

  it("come back without the server in the order in which they were worked on", async () => {
    const { queue } = await atWork(journal);
    queue.stop();
    const draft = { slotId: "b", projectId: "p", payload: {}, base: 0, sent: null, unsaved: true, savedAt: 1 };
    await journal.write({ put: [["draft", "b", draft]] });
    const away = {
      claim: () => Promise.reject(new Unreachable()),
      heartbeat: () => Promise.reject(new Unreachable()),
    };
    const again = new WorkQueue("p", away, journal, TABS, () => []);
    again.start();
    await vi.waitFor(() => expect(again.state.current?.assignment.slot_id).toBe("b"));
    again.stop();
  });
});
