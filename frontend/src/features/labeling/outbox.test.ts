import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem, Unreachable } from "@/lib/http";
import type { Assignment, Receipt } from "./api";
import { Journal, type Unsent } from "./journal";
import { Outbox } from "./outbox";

const archived = () => new Problem(409, "archived", "This project is archived", [], {});

function judgment(projectId: string, slotId: string): Unsent {
  return {
    clientUuid: `of ${slotId}`,
    slotId,
    projectId,
    body: { lease_token: "token" } as Unsent["body"],
    madeAt: Number(slotId),
    attempts: 0,
    draft: null,
  };
}

const assignmentOf = (slot_id: string) => ({ slot_id }) as Assignment;

/** A server that says to each project what it is told to, and the outbox of one person at it. */
async function atWork() {
  const answers = new Map<string, Error>();
  const stored: string[] = [];
  const server = {
    submit: (entry: Unsent) => {
      const error = answers.get(entry.projectId);
      if (error) return Promise.reject(error);
      stored.push(entry.slotId);
      return Promise.resolve({ state: "counted" } as Receipt);
    },
    isMe: () => Promise.resolve(true),
  };
  const journal = new Journal("wei");
  await journal.open();
  const outbox = new Outbox(server, journal, (act) => act());
  outbox.start();
  opened.push(outbox);
  const add = (entry: Unsent) => outbox.add(entry, assignmentOf(entry.slotId));
  return { answers, stored, journal, outbox, add };
}

const opened: Outbox[] = [];

describe("finished judgments", () => {
  beforeEach(() => localStorage.clear());
  afterEach(() => {
    for (const outbox of opened.splice(0)) outbox.stop();
  });

  it("of an archived project wait for its restoration and keep nobody else's waiting", async () => {
    const { answers, stored, outbox, add } = await atWork();
    answers.set("archived", archived());
    await add(judgment("archived", "1"));
    await vi.waitFor(() => expect(outbox.state.unsent[0]?.archived).toBe(true));
    await add(judgment("other", "2"));
    await vi.waitFor(() => expect(stored).toEqual(["2"]));
    expect(outbox.state.unsent.map((each) => each.refused)).toEqual([undefined]);
    expect(outbox.state.waiting).toBeNull();
    answers.clear();
    outbox.nudge();
    await vi.waitFor(() => expect(stored).toEqual(["2", "1"]));
    expect(outbox.state.unsent).toEqual([]);
  });

  it("stay for their labeler to decide on where the server said no", async () => {
    const { answers, stored, outbox, add } = await atWork();
    answers.set("p", new Problem(409, "wrong_kind", "no", [], {}));
    await add(judgment("p", "1"));
    await vi.waitFor(() => expect(outbox.state.unsent[0]?.refused?.code).toBe("wrong_kind"));
    answers.clear();
    outbox.retryNow();
    await add(judgment("p", "2"));
    await vi.waitFor(() => expect(stored).toEqual(["2"]));
    expect(outbox.state.unsent).toHaveLength(1);
  });

  it("go in their order when the server is back", async () => {
    const { answers, stored, outbox, add } = await atWork();
    answers.set("p", new Unreachable());
    await add(judgment("p", "1"));
    await add(judgment("p", "2"));
    await vi.waitFor(() => expect(outbox.state.waiting).toBe("network"));
    answers.clear();
    outbox.nudge();
    await vi.waitFor(() => expect(stored).toEqual(["1", "2"]));
  });
});
