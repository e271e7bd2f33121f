import { beforeEach, describe, expect, it } from "vitest";
import { Unreachable } from "@/lib/http";
import { AT_FIRST, PreferencesStore, type Preferences } from "./store";

/** A server that keeps what it is sent, or cannot be reached. */
function server() {
  const sent: Partial<Preferences>[] = [];
  const fake = {
    sent,
    up: true,
    send: (part: Partial<Preferences>) => {
      if (!fake.up) return Promise.reject(new Unreachable());
      sent.push(part);
      return Promise.resolve();
    },
  };
  return fake;
}

const settled = () => new Promise((done) => setTimeout(done));

describe("preferences", () => {
  beforeEach(() => localStorage.clear());

  it("are seen at once and sent once", async () => {
    const there = server();
    const store = new PreferencesStore(there.send);
    store.adopt("wei", AT_FIRST);
    store.change({ theme: "dark" });
    expect(document.documentElement.dataset.theme).toBe("dark");
    expect(store.state.preferences.theme).toBe("dark");
    await settled();
    expect(there.sent).toEqual([{ theme: "dark" }]);
  });

  it("survive a reload without the server and are sent when it is back", async () => {
    const there = server();
    there.up = false;
    const before = new PreferencesStore(there.send);
    before.adopt("wei", AT_FIRST);
    before.change({ theme: "dark" });
    before.change({ break_minutes: 0 });
    await settled();
    const after = new PreferencesStore(there.send);
    expect(after.state.preferences.theme).toBe("dark");
    there.up = true;
    after.adopt("wei", AT_FIRST); // the server still has the old value
    expect(after.state.preferences).toEqual({ ...AT_FIRST, theme: "dark", break_minutes: 0 });
    await settled();
    expect(there.sent).toEqual([{ theme: "dark", break_minutes: 0 }]);
  });

  it("of one person are never sent in the name of the next one at the same machine", async () => {
    const there = server();
    there.up = false;
    const store = new PreferencesStore(there.send);
    store.adopt("wei", AT_FIRST);
    store.change({ text_size: "l" });
    await settled();
    there.up = true;
    store.adopt("ana", { ...AT_FIRST, theme: "dark" });
    await settled();
    expect(there.sent).toEqual([]);
    expect(store.state.preferences).toEqual({ ...AT_FIRST, theme: "dark" });
  });

  it("changed while a change is under way go out too", async () => {
    const there = server();
    const store = new PreferencesStore(there.send);
    store.adopt("wei", AT_FIRST);
    store.change({ theme: "dark" });
    store.change({ theme: "light", columns: 2 });
    await settled();
    expect(there.sent).toEqual([{ theme: "dark" }, { theme: "light", columns: 2 }]);
  });

  it("with rubbish in the device's storage are those of a newcomer", () => {
    localStorage.setItem("tiebreak.preferences", "[7");
    expect(new PreferencesStore(server().send).state.preferences).toEqual(AT_FIRST);
  });
});
