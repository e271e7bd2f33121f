import { describe, expect, it } from "vitest";
import { ACTIONS, actionById, type Scope } from "./actions";
import { actionFor, keysOf, refusalOf, soundKeys } from "./keymap";

function press(key: string, init: KeyboardEventInit = {}, target?: Element): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, ...init });
  (target ?? document.body).dispatchEvent(event);
  return event;
}

const idFor = (event: KeyboardEvent, scope: Scope = "tier") => actionFor(event, scope, {})?.id;

describe("the action list", () => {
  it("gives no key to two actions that could both be meant", () => {
    for (const one of ACTIONS) {
      for (const other of ACTIONS) {
        const meet =
          !one.scopes || !other.scopes || one.scopes.some((scope) => other.scopes?.includes(scope));
        if (one === other || !meet) continue;
        expect(keysOf(one, {}).filter((key) => keysOf(other, {}).includes(key))).toEqual([]);
      }
    }
  });

  it("means other things by digits and arrows in other steps", () => {
    const meant = (["tier", "grade", "confirm", "flag"] as const).map((scope) => idFor(press("2"), scope));
    expect(meant).toEqual(["lane-2", "grade-2", "strength-2", "flag-2"]);
    expect(idFor(press("ArrowLeft"), "tier")).toBe("previous");
    expect(idFor(press("ArrowLeft"), "confirm")).toBe("left");
  });
});

describe("keys are silent", () => {
  it("while an input method composes", () => {
    expect(idFor(press("1", { isComposing: true }))).toBeUndefined();
    expect(idFor(press("Process", { keyCode: 229 } as KeyboardEventInit))).toBeUndefined();
  });

  it("in text fields", () => {
    const field = document.body.appendChild(document.createElement("textarea"));
    let found: unknown = "untouched";
    field.addEventListener("keydown", (event) => {
      found = idFor(event);
    });
    press("1", {}, field);
    expect(found).toBeUndefined();
  });

  it("with a modifier", () => {
    expect(idFor(press("s", { ctrlKey: true }))).toBeUndefined();
    expect(idFor(press("1", { altKey: true }))).toBeUndefined();
    expect(idFor(press("r", { metaKey: true }))).toBeUndefined();
  });

  it("when Enter or Space belongs to the button in focus", () => {
    const button = document.body.appendChild(document.createElement("button"));
    const found: (string | undefined)[] = [];
    button.addEventListener("keydown", (event) => found.push(idFor(event)));
    press("Enter", {}, button);
    press(" ", {}, button);
    press("2", {}, button);
    expect(found).toEqual([undefined, undefined, "lane-2"]);
  });
});

describe("keyboard layouts", () => {
  it("place by the digit key also where digits need Shift", () => {
    expect(idFor(press("&", { code: "Digit1" }))).toBe("lane-1");
    expect(idFor(press("1", { code: "Digit1", shiftKey: true }))).toBe("lane-1");
    expect(idFor(press("7", { code: "Numpad7" }))).toBe("lane-7");
  });

  it("do not mind capitals", () => {
    expect(idFor(press("J", { shiftKey: true }))).toBe("next");
  });
});

describe("own keys", () => {
  const undo = actionById("undo");

  it("take the place of the usual one", () => {
    const own = { undo: "z" };
    expect(actionFor(press("z"), "tier", own)?.id).toBe("undo");
    expect(actionFor(press("u"), "tier", own)).toBeUndefined();
  });

  it("are refused where another action has the key, and say which", () => {
    expect(refusalOf(undo, "s", {})).toEqual({ reason: "taken", by: actionById("skip") });
    expect(refusalOf(undo, "=", {})).toEqual({ reason: "taken", by: actionById("tie") });
    expect(refusalOf(undo, "s", { skip: "z" })).toBeUndefined();
    expect(refusalOf(undo, "z", { skip: "z" })).toEqual({ reason: "taken", by: actionById("skip") });
  });

  it("may be shared by actions that are never possible together", () => {
    expect(refusalOf(actionById("left"), "a", {})).toBeUndefined();
  });

  it("are never digits, nor keys the browser needs", () => {
    for (const key of ["1", "0", "Tab", "Escape"]) {
      expect(refusalOf(undo, key, {})).toEqual({ reason: "reserved" });
    }
    expect(refusalOf(actionById("lane-3"), "z", {})).toEqual({ reason: "reserved" });
  });

  it("that clash or are unknown are left out, the others stay", () => {
    expect(soundKeys({ undo: "z", skip: "j", gone: "q", raw: "7" })).toEqual({ undo: "z" });
    expect(soundKeys({ undo: "s", skip: "u" })).toEqual({ undo: "s", skip: "u" });
  });
});
