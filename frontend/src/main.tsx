import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ErrorBoundary } from "@/app/ErrorBoundary";
import { firstFiles, Router } from "@/app/router";
import { paths, projectOf } from "@/config/paths";
import { meQuery } from "@/features/auth/session";
import { projectQuery } from "@/features/projects/queries";
import { isPassing, isSignedOut } from "@/lib/http";
import { startLanguages } from "@/lib/i18n";
import { keepPage, reloadWhenBack } from "@/lib/offline";
import "@/styles/tokens.css";
import "@/styles/base.css";

// A labeler who was signed out keeps the page: their work is on it, and it says so itself.
const SIGN_IN_CAN_WAIT = ["me", "progress", "guideline"];

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (!isSignedOut(error)) return;
      if (SIGN_IN_CAN_WAIT.includes(String(query.queryKey[0]))) return;
      if (isSignedOut(client.getQueryState(["me"])?.error)) return; // known already
      void client.invalidateQueries({ queryKey: ["me"] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => isPassing(error) && count < 3,
    },
  },
});

// The first questions go out while the words and the first page are on their way.
if (!window.location.pathname.startsWith(paths.signIn)) {
  void client.prefetchQuery(meQuery);
  const project = projectOf(window.location.pathname);
  if (project) void client.prefetchQuery(projectQuery(project));
}

await Promise.all([startLanguages(), firstFiles()]).catch((failure: unknown) => {
  // Not even the words have come.
  document.body.textContent = "The server does not answer yet… 服务器暂未响应……";
  reloadWhenBack();
  throw failure;
});
keepPage();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <ErrorBoundary>
      <QueryClientProvider client={client}>
        <Router />
      </QueryClientProvider>
    </ErrorBoundary>
  </StrictMode>,
);
