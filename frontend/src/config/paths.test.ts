import { describe, expect, it } from "vitest";
import { paths, projectOf } from "./paths";

const ID = "01890000-0000-7000-8000-000000000000";

describe("the project that an address is about", () => {
  it.each([paths.label(ID), paths.chat(ID), paths.manage(ID), paths.train(ID), paths.wizard(ID)])("is told by %s", (path) =>
    expect(projectOf(path)).toBe(ID),
  );

  it("is none elsewhere", () => expect(projectOf(paths.newProject)).toBeUndefined());
});
