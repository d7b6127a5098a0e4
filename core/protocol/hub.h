#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/protocol/library.h"

/// Messages about models on the hub. Names of models are "org/name" or "org/name@revision".
namespace orrery::protocol {

/// What the hub says of a model; what it does not say is empty or 0.
struct HubModel {
  std::string id;
  std::string author;
  std::string commit;
  std::string task, library, license;
  std::string created, modified;  ///< "2024-05-01T12:00:00.000Z"
  std::string gated;              ///< "", "auto" or "manual"
  bool isPrivate = false;
  std::int64_t downloads = 0;
  std::int64_t likes = 0;
  std::int64_t parameters = 0;
  std::int64_t contextLength = 0;
  std::string modelType;
  std::vector<std::string> tags;
  std::vector<std::string>
      baseModels;                ///< with the relation where it is told: "quantized:org/name"
  std::int64_t weightBytes = 0;  ///< reckoned from the counts of each type; 0: not told
  std::string fit;  ///< of the weights alone: "fits", "tight", "does_not_fit"; empty: not told

  bool operator==(const HubModel&) const = default;
  static void fields(auto& f, auto& self) {
    f("id", self.id);
    f.optional("author", self.author);
    f.optional("commit", self.commit);
    f.optional("task", self.task);
    f.optional("library", self.library);
    f.optional("license", self.license);
    f.optional("created", self.created);
    f.optional("modified", self.modified);
    f.optional("gated", self.gated);
    f.optional("private", self.isPrivate);
    f.optional("downloads", self.downloads);
    f.optional("likes", self.likes);
    f.optional("parameters", self.parameters);
    f.optional("context_length", self.contextLength);
    f.optional("model_type", self.modelType);
    f.optional("tags", self.tags);
    f.optional("base_models", self.baseModels);
    f.optional("weight_bytes", self.weightBytes);
    f.optional("fit", self.fit);
  }
};

struct SearchHubResult {
  std::vector<HubModel> models;
  std::string next;  ///< what `page` takes for those that follow; empty: none do

  bool operator==(const SearchHubResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("models", self.models);
    f.optional("next", self.next);
  }
};

/// One page of the models that everything set here leaves. Values are the hub's own.
struct SearchHubParams {
  static constexpr auto kMethod = "hub/search";
  using Result = SearchHubResult;

  std::string text;
  std::string author, task, library, license;
  std::vector<std::string> languages, tags, apps;
  std::string gated;  ///< "": all, "only", "none"
  std::string atLeastParameters, atMostParameters;
  std::string sort = "trending";
  bool ascending = false;
  int pageSize = 50;
  std::string page;  ///< SearchHubResult::next: all of the above but this is ignored

  bool operator==(const SearchHubParams&) const = default;
  static void fields(auto& f, auto& self) {
    f.optional("text", self.text);
    f.optional("author", self.author);
    f.optional("task", self.task);
    f.optional("library", self.library);
    f.optional("license", self.license);
    f.optional("languages", self.languages);
    f.optional("tags", self.tags);
    f.optional("apps", self.apps);
    f.optional("gated", self.gated);
    f.optional("at_least_parameters", self.atLeastParameters);
    f.optional("at_most_parameters", self.atMostParameters);
    f.optional("sort", self.sort);
    f.optional("ascending", self.ascending);
    f.optional("page_size", self.pageSize);
    f.optional("page", self.page);
  }
};

struct HubFile {
  std::string path;
  std::int64_t size = 0;
  std::string blobId;  ///< git's hash
  std::string sha256;  ///< of large files

  bool operator==(const HubFile&) const = default;
  static void fields(auto& f, auto& self) {
    f("path", self.path);
    f.optional("size", self.size);
    f.optional("blob_id", self.blobId);
    f.optional("sha256", self.sha256);
  }
};

struct HubRef {
  std::string name;
  std::string ref;  ///< "refs/heads/main"
  std::string commit;

  bool operator==(const HubRef&) const = default;
  static void fields(auto& f, auto& self) {
    f("name", self.name);
    f.optional("ref", self.ref);
    f.optional("commit", self.commit);
  }
};

/// Whether a download would be let through, and if not, the one next step.
struct HubAccess {
  std::string gate;      ///< "", "no_token", "licence", "waiting", "denied"
  std::string sentence;  ///< of a gate, to stand behind the model's name

  bool operator==(const HubAccess&) const = default;
  static void fields(auto& f, auto& self) {
    f.optional("gate", self.gate);
    f.optional("sentence", self.sentence);
  }
};

struct ShowHubModelResult {
  HubModel model;
  std::vector<HubFile> files;  ///< of the commit, all levels
  std::vector<HubRef> branches, tags;
  std::string card;         ///< Markdown, without its front matter
  std::string cardProblem;  ///< why there is none, or why its front matter cannot be read
  std::string address;      ///< of the model's page, for a browser
  HubAccess access;

  bool operator==(const ShowHubModelResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("model", self.model);
    f("files", self.files);
    f.optional("branches", self.branches);
    f.optional("tags", self.tags);
    f.optional("card", self.card);
    f.optional("card_problem", self.cardProblem);
    f.optional("address", self.address);
    f.optional("access", self.access);
  }
};

/// Everything about one model but what its weights' headers tell.
struct ShowHubModelParams {
  static constexpr auto kMethod = "hub/model";
  using Result = ShowHubModelResult;

  std::string model;

  bool operator==(const ShowHubModelParams&) const = default;
  static void fields(auto& f, auto& self) { f("model", self.model); }
};

/// The class of a need in `available` bytes: "tight" leaves less than a tenth to everything else.
inline const char* fitKind(double needed, double available) {
  constexpr double kComfortable = 0.9;
  if (needed > available) return "does_not_fit";
  return needed > kComfortable * available ? "tight" : "fits";
}

/// Whether a model fits the memory that this machine can give now, with the weights as stored.
struct HubFit {
  std::string kind;  ///< "fits", "tight" or "does_not_fit"
  std::int64_t totalBytes = 0;
  std::int64_t contextTokens = 0;
  std::int64_t longestContext = 0;  ///< that still fits; 0: none
  std::int64_t availableBytes = 0;

  bool operator==(const HubFit&) const = default;
  static void fields(auto& f, auto& self) {
    f("kind", self.kind);
    f("total_bytes", self.totalBytes);
    f("context_tokens", self.contextTokens);
    f("longest_context", self.longestContext);
    f("available_bytes", self.availableBytes);
  }
};

struct JudgeHubModelResult {
  InspectResult inspection;
  std::vector<std::string> weightFiles;
  std::int64_t receivedBytes = 0;  ///< of headers
  HubFit fit;

  bool operator==(const JudgeHubModelResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("inspection", self.inspection);
    f("weight_files", self.weightFiles);
    f("received_bytes", self.receivedBytes);
    f("fit", self.fit);
  }
};

/// What `library/inspect` says, from the headers of the files on the hub.
struct JudgeHubModelParams {
  static constexpr auto kMethod = "hub/judge";
  using Result = JudgeHubModelResult;

  std::string model;
  std::string file;  ///< the GGUF file, of several

  bool operator==(const JudgeHubModelParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("model", self.model);
    f.optional("file", self.file);
  }
};

struct FetchPictureResult {
  std::string content;  ///< of the file, in base64

  bool operator==(const FetchPictureResult&) const = default;
  static void fields(auto& f, auto& self) { f("content", self.content); }
};

/// A picture of a model's card, wherever it lies; the access token goes to the hub itself only.
struct FetchPictureParams {
  static constexpr auto kMethod = "hub/picture";
  using Result = FetchPictureResult;

  std::string address;

  bool operator==(const FetchPictureParams&) const = default;
  static void fields(auto& f, auto& self) { f("address", self.address); }
};

/// Whose access token is used.
struct HubAccount {
  std::string endpoint;
  std::string name;  ///< empty: nobody is logged in
  std::string fullName;
  std::vector<std::string> organizations;
  std::string tokenName;

  bool operator==(const HubAccount&) const = default;
  static void fields(auto& f, auto& self) {
    f("endpoint", self.endpoint);
    f.optional("name", self.name);
    f.optional("fullname", self.fullName);
    f.optional("orgs", self.organizations);
    f.optional("token_name", self.tokenName);
  }
};

struct WhoAmIParams {
  static constexpr auto kMethod = "hub/whoami";
  using Result = HubAccount;

  bool operator==(const WhoAmIParams&) const = default;
  static void fields(auto&, auto&) {}
};

/// Keeps an access token where huggingface_hub does, after asking the hub whose it is.
struct LogInParams {
  static constexpr auto kMethod = "hub/login";
  using Result = HubAccount;

  std::string token;

  bool operator==(const LogInParams&) const = default;
  static void fields(auto& f, auto& self) { f("token", self.token); }
};

struct LogOutResult {
  bool loggedOut = false;  ///< false: nobody was logged in

  bool operator==(const LogOutResult&) const = default;
  static void fields(auto& f, auto& self) { f("logged_out", self.loggedOut); }
};

/// Forgets all access tokens on this machine.
struct LogOutParams {
  static constexpr auto kMethod = "hub/logout";
  using Result = LogOutResult;

  bool operator==(const LogOutParams&) const = default;
  static void fields(auto&, auto&) {}
};

}  // namespace orrery::protocol
