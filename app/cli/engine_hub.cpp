#include "app/cli/engine_hub.h"

#include <utility>

#include "app/cli/engine_stats.h"
#include "app/cli/hub/fit.h"
#include "app/cli/hub/hub_commands.h"
#include "app/cli/hub/remote_model.h"
#include "core/base/base64.h"
#include "core/checkpoint/dtype.h"
#include "core/hub/api.h"
#include "core/hub/credentials.h"
#include "core/hub/gate.h"
#include "core/hub/repo_id.h"
#include "core/hub/url.h"

namespace orrery::engine {
namespace {

using namespace protocol;

/// Bytes of one value of a type that safetensors headers name; 0 if it is not known.
double bytesOf(std::string_view type) {
  const auto dtype = checkpoint::dtypeFromSafetensorsName(type);
  if (!dtype) return 0;
  const auto layout = checkpoint::blockLayout(*dtype);
  return static_cast<double>(layout.bytes) / static_cast<double>(layout.elements);
}

HubModel describe(const hub::ModelInfo& info, std::int64_t availableBytes) {
  auto model = readMessage<HubModel>(info.toJson(), "model");
  double bytes = 0;
  for (const auto& [type, count] : info.parametersByType) {
    const double each = bytesOf(type);
    if (each == 0) return model;
    bytes += each * static_cast<double>(count);
  }
  if (bytes <= 0) return model;
  model.weightBytes = static_cast<std::int64_t>(bytes);
  model.fit = fitKind(bytes, static_cast<double>(availableBytes));
  return model;
}

hub::ModelQuery queryOf(const SearchHubParams& params) {
  hub::ModelQuery query{.text = params.text,
                        .author = params.author,
                        .task = params.task,
                        .library = params.library,
                        .languages = params.languages,
                        .license = params.license,
                        .tags = params.tags,
                        .apps = params.apps,
                        .atLeastParameters = params.atLeastParameters,
                        .atMostParameters = params.atMostParameters,
                        .sort = params.sort,
                        .ascending = params.ascending,
                        .pageSize = params.pageSize};
  if (params.gated == "only" || params.gated == "none")
    query.gated = params.gated == "only";
  else if (!params.gated.empty())
    throw Error(ErrorKind::kInvalidInput, "expected \"only\" or \"none\", found {}",
                quoted(params.gated))
        .in("hub/search.gated");
  return query;
}

HubAccess accessTo(hub::Api& api, const hub::ModelInfo& info) {
  const auto gate = info.gated.empty() ? std::nullopt : api.gate(info.id, info.commit);
  if (!gate) return {};
  return {std::string(hub::gateName(*gate)), std::string(hub::gateSentence(*gate))};
}

std::vector<HubRef> refsOf(const std::vector<hub::Ref>& refs) {
  std::vector<HubRef> list;
  for (const hub::Ref& ref : refs) list.push_back({ref.name, ref.ref, ref.commit});
  return list;
}

HubAccount accountOf(const hub::Account& account, const std::string& endpoint) {
  return {endpoint, account.name, account.fullName, account.organizations, account.tokenName};
}

}  // namespace

HubClients::Lease::~Lease() {
  std::lock_guard lock(pool_.mutex_);
  constexpr std::size_t kKept = 4;
  if (generation_ == pool_.generation_ && client_->running() == 0 && pool_.idle_.size() < kKept)
    pool_.idle_.push_back(std::move(client_));
}

HubClients::Lease HubClients::take() {
  std::lock_guard lock(mutex_);
  if (idle_.empty())
    return {*this, std::make_unique<hub::HttpClient>(hub::Settings::fromEnvironment()),
            generation_};
  auto client = std::move(idle_.back());
  idle_.pop_back();
  return {*this, std::move(client), generation_};
}

void HubClients::renew() {
  std::lock_guard lock(mutex_);
  ++generation_;
  idle_.clear();
}

SearchHubResult searchHub(HubStore& store, const SearchHubParams& params,
                          const CancelToken& cancel) {
  const auto client = store.clients.take();
  hub::Api api(*client, cancel);
  const hub::ModelPage page =
      params.page.empty() ? api.search(queryOf(params)) : api.page(params.page);
  const std::int64_t available = measureProcess().availableBytes;
  SearchHubResult result;
  for (const hub::ModelInfo& info : page.models) result.models.push_back(describe(info, available));
  result.next = page.models.empty() ? "" : page.next;
  return result;
}

ShowHubModelResult showHubModel(HubStore& store, const ShowHubModelParams& params,
                                const CancelToken& cancel) {
  const auto reference = hub::parseModelReference(params.model);
  const auto client = store.clients.take();
  hub::Api api(*client, cancel);
  const hub::ModelInfo info = api.model(reference.id, reference.revision);
  ShowHubModelResult result;
  result.model = describe(info, measureProcess().availableBytes);
  // Everything else is asked of the commit, so that a push in between mixes nothing.
  const std::string& commit = info.commit.empty() ? reference.revision : info.commit;
  for (const hub::RepositoryFile& file : hub::fetchTree(*client, info.id, commit, cancel).files)
    result.files.push_back(readMessage<HubFile>(cli::fileJson(file), "files"));
  const hub::Refs refs = api.refs(info.id);
  result.branches = refsOf(refs.branches);
  result.tags = refsOf(refs.tags);
  result.address = client->settings().endpoint + "/" + info.id;
  result.access = accessTo(api, info);
  try {
    const hub::Card card = api.card(info.id, commit);
    result.card = card.body;
    result.cardProblem = card.problem;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled) throw;
    result.cardProblem = error.what();
  }
  return result;
}

JudgeHubModelResult judgeHubModel(HubStore& store, const JudgeHubModelParams& params,
                                  const CancelToken& cancel) {
  const auto reference = hub::parseModelReference(params.model);
  const auto client = store.clients.take();
  const auto tree =
      hub::fetchTree(*client, reference.id, hub::fetchCommit(*client, reference, cancel), cancel);
  auto remote = cli::inspectRemote(*client, reference.id, tree, params.file);
  const auto fit = readMessage<HubFit>(cli::judgeFit(remote.result).toJson(), "fit");
  return {std::move(remote.result), std::move(remote.weightFiles),
          static_cast<std::int64_t>(remote.receivedBytes), fit};
}

FetchPictureResult fetchPicture(HubStore& store, const FetchPictureParams& params,
                                const CancelToken& cancel) {
  constexpr std::uint64_t kMostBytes = 8u << 20;
  constexpr std::chrono::seconds kLongest{60};
  constexpr int kAttempts = 2;  // a picture is not worth more
  if (!hub::originOf(params.address))
    throw Error(ErrorKind::kInvalidInput, "is no http address: {}", quoted(params.address))
        .in("hub/picture.address");
  const auto client = store.clients.take();
  const auto response = hub::fetch(*client, {.url = params.address, .totalTimeout = kLongest},
                                   cancel, {.bodyLimit = kMostBytes, .attempts = kAttempts});
  hub::requireSuccess(response.path, hub::shownUrl(params.address));
  return {encodeBase64(response.body)};
}

HubAccount whoAmI(HubStore& store, const CancelToken& cancel) {
  const auto client = store.clients.take();
  const std::string& endpoint = client->settings().endpoint;
  if (!client->settings().token) return {.endpoint = endpoint};
  return accountOf(hub::whoAmI(*client, cancel), endpoint);
}

HubAccount logIn(HubStore& store, const LogInParams& params, const CancelToken& cancel) {
  auto settings = hub::Settings::fromEnvironment();
  const hub::Token token(params.token);
  settings.token = token;
  hub::HttpClient client(settings);
  const hub::Account account = hub::whoAmI(client, cancel);
  hub::saveToken(settings, token, account.tokenName);
  store.clients.renew();
  return accountOf(account, settings.endpoint);
}

LogOutResult logOut(HubStore& store) {
  const bool any = hub::forgetTokens(hub::Settings::fromEnvironment());
  store.clients.renew();
  return {any};
}

void bindHub(Server& server, HubStore& store) {
  server.on<SearchHubParams>([&store](const SearchHubParams& params, RequestContext& context) {
    return searchHub(store, params, context.cancel);
  });
  server.on<ShowHubModelParams>(
      [&store](const ShowHubModelParams& params, RequestContext& context) {
        return showHubModel(store, params, context.cancel);
      });
  server.on<JudgeHubModelParams>(
      [&store](const JudgeHubModelParams& params, RequestContext& context) {
        return judgeHubModel(store, params, context.cancel);
      });
  server.on<FetchPictureParams>(
      [&store](const FetchPictureParams& params, RequestContext& context) {
        return fetchPicture(store, params, context.cancel);
      });
  server.on<WhoAmIParams>([&store](const WhoAmIParams&, RequestContext& context) {
    return whoAmI(store, context.cancel);
  });
  server.on<LogInParams>([&store](const LogInParams& params, RequestContext& context) {
    return logIn(store, params, context.cancel);
  });
  server.on<LogOutParams>([&store](const LogOutParams&, RequestContext&) { return logOut(store); });
  server.on<PlanDownloadParams>(
      [&store](const PlanDownloadParams& params, RequestContext& context) {
        return planDownload(store, params, context.cancel);
      });
  server.on<DownloadParams>([&store](const DownloadParams& params, RequestContext& context) {
    return download(store, params, context);
  });
  server.on<SteerDownloadParams>([&store](const SteerDownloadParams& params, RequestContext&) {
    store.downloads.steer(params);
    return Done{};
  });
  server.on<ScanCacheParams>([&store](const ScanCacheParams&, RequestContext& context) {
    return scanCache(store, context.cancel);
  });
  server.on<UseCachesParams>([&store](const UseCachesParams& params, RequestContext&) {
    store.caches.setOthers(params.folders);
    return Done{};
  });
  server.on<VerifyHubModelParams>(
      [&store](const VerifyHubModelParams& params, RequestContext& context) {
        return verifyHubModel(store, params, context);
      });
  server.on<DeleteFromCacheParams>(
      [&store](const DeleteFromCacheParams& params, RequestContext& context) {
        return deleteFromCache(store, params, context.cancel);
      });
}

}  // namespace orrery::engine
