import { useQuery } from "@tanstack/react-query";
import { Navigate, useSearchParams } from "react-router";
import { paths, safeNext } from "@/config/paths";
import { Problem } from "@/lib/http";
import { Centered } from "@/ui/Centered";
import { readMe } from "./api";
import { SignInFrame, useEnter } from "./SignInPage";
import { CodeStep } from "./SignInSteps";

/** Back from single sign-on: in, on the way in with a code still wanted, or refused. */
export default function ArrivedPage() {
  const [search] = useSearchParams();
  const next = safeNext(search.get("next"));
  const enter = useEnter(next);
  const error = search.get("error");
  const me = useQuery({ queryKey: ["me"], queryFn: readMe, retry: false, enabled: !error });
  if (error) {
    const query = new URLSearchParams({ next, error });
    return <Navigate to={`${paths.signIn}?${query.toString()}`} replace />;
  }
  if (me.data) return <Navigate to={next} replace />;
  if (me.error instanceof Problem && me.error.status === 401) {
    return (
      <SignInFrame>
        <CodeStep onIn={enter} onBack={() => window.location.assign(paths.signIn)} />
      </SignInFrame>
    );
  }
  return <Centered>{null}</Centered>;
}
