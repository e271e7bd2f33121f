import { Route, Routes } from "react-router";
import { NotFound } from "@/app/NotFound";

/** The pages of a project's administrators and reviewers. */
export default function ManagePage() {
  return (
    <Routes>
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}
