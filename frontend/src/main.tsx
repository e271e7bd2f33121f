import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ErrorBoundary } from "@/app/ErrorBoundary";
import { Router } from "@/app/router";
import { isPassing } from "@/lib/http";
import { startLanguages } from "@/lib/i18n";
import "@/styles/tokens.css";
import "@/styles/base.css";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => isPassing(error) && count < 3,
    },
  },
});

await startLanguages();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <ErrorBoundary>
      <QueryClientProvider client={client}>
        <Router />
      </QueryClientProvider>
    </ErrorBoundary>
  </StrictMode>,
);
