#include "core/hub/download.h"

#include "core/base/amounts.h"
#include "core/hub/download_run.h"

namespace orrery::hub {

namespace fs = std::filesystem;

fs::path download(HttpClient& client, const RepositoryCache& cache, const DownloadPlan& plan,
                  const CancelToken& cancel, const DownloadEvents& events,
                  const DownloadControl* control) {
  const std::string& commit = plan.tree.commit;
  if (!plan.complete()) {
    if (client.settings().offline)
      throw Error(ErrorKind::kNotFound,
                  "{} is not in the cache, and the hub is switched off (--offline or "
                  "HF_HUB_OFFLINE)",
                  bytesText(plan.bytesLeft()))
          .in(plan.id);
    cache.prepare(commit);
    cache.writeTree(plan.tree);
  }
  if (!plan.complete() || plan.hasRemains())
    DownloadRun(client, cache, plan, events).work(cancel, control);
  cache.writeRef(plan.revision, commit);
  cache.tidy();
  return cache.snapshot(commit);
}

}  // namespace orrery::hub
