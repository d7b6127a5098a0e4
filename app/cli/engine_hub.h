#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/hub/download.h"
#include "core/protocol/hub.h"
#include "core/protocol/hub_files.h"
#include "core/protocol/server.h"

/// The hub and its cache for the window; no model is loaded for any of it.
namespace orrery::engine {

/// Connections to the hub, kept from one question to the next. Thread-safe: each question has a
/// client of its own while it lasts.
class HubClients {
 public:
  class Lease {
   public:
    Lease(HubClients& pool, std::unique_ptr<hub::HttpClient> client, int generation)
        : pool_(pool), client_(std::move(client)), generation_(generation) {}
    ~Lease();
    Lease(const Lease&) = delete;
    hub::HttpClient& operator*() const { return *client_; }
    hub::HttpClient* operator->() const { return client_.get(); }

   private:
    HubClients& pool_;
    std::unique_ptr<hub::HttpClient> client_;
    int generation_;
  };

  Lease take();
  /// Settings are read again: somebody has logged in or out.
  void renew();

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<hub::HttpClient>> idle_;
  int generation_ = 0;
};

/// Downloads that run, by the names that the window gave them. Thread-safe.
class RunningDownloads {
 public:
  /// An Error if one of that name runs.
  std::shared_ptr<hub::DownloadControl> begin(const std::string& name);
  void end(const std::string& name);
  void steer(const protocol::SteerDownloadParams& params);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<hub::DownloadControl>> controls_;
};

/// The caches that are looked through, the one that is written to first. Thread-safe.
class HubCaches {
 public:
  /// Of the environment, unless others were set.
  std::vector<std::filesystem::path> folders() const;
  /// What stands beside the first.
  void setOthers(const std::vector<std::string>& folders);

 private:
  mutable std::mutex mutex_;
  std::optional<std::vector<std::filesystem::path>> others_;
};

struct HubStore {
  HubClients clients;
  RunningDownloads downloads;
  HubCaches caches;
};

protocol::SearchHubResult searchHub(HubStore& store, const protocol::SearchHubParams& params,
                                    const CancelToken& cancel);
protocol::ShowHubModelResult showHubModel(HubStore& store,
                                          const protocol::ShowHubModelParams& params,
                                          const CancelToken& cancel);
protocol::JudgeHubModelResult judgeHubModel(HubStore& store,
                                            const protocol::JudgeHubModelParams& params,
                                            const CancelToken& cancel);
protocol::FetchPictureResult fetchPicture(HubStore& store,
                                          const protocol::FetchPictureParams& params,
                                          const CancelToken& cancel);
protocol::HubAccount whoAmI(HubStore& store, const CancelToken& cancel);
protocol::HubAccount logIn(HubStore& store, const protocol::LogInParams& params,
                           const CancelToken& cancel);
protocol::LogOutResult logOut(HubStore& store);

protocol::HubPlan planDownload(HubStore& store, const protocol::PlanDownloadParams& params,
                               const CancelToken& cancel);
protocol::DownloadResult download(HubStore& store, const protocol::DownloadParams& params,
                                  protocol::RequestContext& context);
protocol::ScanCacheResult scanCache(HubStore& store, const CancelToken& cancel);
protocol::VerifyHubModelResult verifyHubModel(HubStore& store,
                                              const protocol::VerifyHubModelParams& params,
                                              protocol::RequestContext& context);
protocol::DeleteFromCacheResult deleteFromCache(HubStore& store,
                                                const protocol::DeleteFromCacheParams& params,
                                                const CancelToken& cancel);

/// Answers all requests about the hub.
void bindHub(protocol::Server& server, HubStore& store);

}  // namespace orrery::engine
