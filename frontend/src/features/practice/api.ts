/** Practice and qualification, as a labeler meets them. */

import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "@/api/client";

export type MyPractice = Schemas["MyPractice"];
export type Qualification = Schemas["QualificationProgress"];
export type PracticeWork = Schemas["PracticeWork"];
export type Feedback = Schemas["PracticeFeedback"];
export type Outcome = Schemas["PracticeOutcome"];
export type RoundResult = Schemas["QualificationResult"];

export function usePractice(project: string) {
  return useQuery({
    queryKey: ["practice", project],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/projects/{project_id}/practice", { params: { path: { project_id: project } } }),
      ),
  });
}

export function sendAnswer(
  item: string,
  clientUuid: string,
  body: Schemas["PracticeAnswerRequestRequest"],
): Promise<Outcome> {
  return unwrap(
    api.PUT("/api/v1/practice-items/{practice_item_id}/answers/{client_uuid}", {
      params: { path: { practice_item_id: item, client_uuid: clientUuid } },
      body,
    }),
  );
}
