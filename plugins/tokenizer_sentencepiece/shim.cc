/* shim.cc: the only C++ of heed.
 *
 * Training is single-threaded, without sampling, from lines in memory: equal text gives equal
 * bytes. Byte pieces stand for characters without a piece of their own, so nothing is unknown.
 *
 * SentencePiece writes blanks as U+2581 and cannot tell them from a U+2581 of the text. So a
 * literal one goes in as U+F8FE (as many bytes, so offsets hold), which training never sees and
 * which therefore comes out as its three bytes; where the text has U+2581 there, they are changed
 * into those of U+2581. Nor does it see text like the name of a piece of its own, "<0x41>".
 *
 * A model comes from a stranger, and the library trusts its map of characters: it is loaded when it
 * holds what training writes (blob.h) and the map is the one that the library would write.
 *
 * Its messages name the library's settings; they leave with the names of the plugin's. */
#include "blob.h"
#include "shim.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace
{

const char literal[] = "\xe2\x96\x81";     /* U+2581 in text */
const char stand_in[] = "\xef\xa3\xbe";    /* U+F8FE */
const char lib_unknown[] = "\xe2\x96\x85"; /* U+2585: the library drops lines that have it */
const char *const literal_pieces[3] = {"<0xE2>", "<0x96>", "<0x81>"};
const char *const stand_in_pieces[3] = {"<0xEF>", "<0xA3>", "<0xBE>"};

void replace_all(std::string &s, const char *from, const char *to)
{
    for (size_t at = 0; (at = s.find(from, at)) != std::string::npos; at += strlen(to))
        s.replace(at, strlen(from), to);
}

/* Settings by the library's names, and how heed's user says them. */
const char *const names[][2] = {
    {"--vocab_size", "--vocab-size"},
    {"vocab_size", "--vocab-size"},
    {"Vocabulary size", "--vocab-size"},
    {"--character_coverage", "sentencepiece:coverage"},
    {"character_coverage", "sentencepiece:coverage"},
    {"normalization_rule_name", "sentencepiece:normalise"},
    {"model_type", "sentencepiece:type"},
    {"user_defined_symbols", "sentencepiece:symbols"},
    {"max_sentencepiece_length", "sentencepiece:longest"},
    {"seed_sentencepiece_size", "sentencepiece:seeds"},
    {"num_sub_iterations", "sentencepiece:rounds"},
    {"shrinking_factor", "sentencepiece:shrink"},
};

int tell(char *why, const char *text)
{
    std::string said(text);
    for (const auto &name : names)
        replace_all(said, name[0], name[1]);
    snprintf(why, WHY_MAX, "%s", said.c_str());
    for (char *c = why; *c; c++)
        if (*c == '\n')
            *c = ' ';
    return -1;
}

/* SentencePiece tells source file and failed condition before its reason. */
int tell(char *why, const sentencepiece::util::Status &status)
{
    const char *text = status.error_message();
    const char *reason = strstr(text, "] ");
    return tell(why, reason && reason[2] ? reason + 2 : text);
}

template <class F> int guarded(char *why, F body)
{
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return tell(why, "out of memory");
    } catch (const std::exception &e) {
        return tell(why, e.what());
    } catch (...) {
        return tell(why, "unknown exception");
    }
}

/* Of each code point: does it get a piece? */
using Characters = std::vector<bool>;
const size_t CODE_POINTS = 0x110000;

/* The code point at s[i], in text that is valid, and its bytes. */
size_t read(const std::string &s, size_t i, size_t *n)
{
    const unsigned char first = static_cast<unsigned char>(s[i]);
    size_t c = first < 0x80   ? first
               : first < 0xe0 ? first & 0x1f
               : first < 0xf0 ? first & 0x0f
                              : first & 0x07;
    for (*n = 1; i + *n < s.size() && (s[i + *n] & 0xc0) == 0x80; ++*n)
        c = c << 6 | (s[i + *n] & 0x3f);
    return c;
}

/* It counts the characters of a word, or of a line, in 16 bits, and fails from 32,768 on at times. */
const size_t PART_MAX = 30000;

/* The text as the library sees it: with tabs, over which it makes no piece, for the characters that get
 * none, for those it would take for its own, and within what looks like the name of a piece. */
class Lines : public sentencepiece::SentenceIterator
{
  public:
    Lines(const shim_training *t, const Characters *kept) : t_(t), kept_(kept)
    {
        Next();
    }
    bool done() const override
    {
        return done_;
    }
    void Next() override
    {
        if (at_ >= rest_.size()) {
            size_t n;
            const char *line = t_->next(t_->ctx, &n);
            done_ = !line;
            rest_.assign(line ? line : "", line ? n : 0);
            at_ = 0;
        }
        line_ = rest_.substr(at_, part());
        at_ += line_.size();
        for (const char *reserved : {literal, stand_in, lib_unknown})
            replace_all(line_, reserved, "\t");
        replace_all(line_, "<0x", "<\t0x");
        replace_all(line_, "<unk>", "<\tunk>");
        if (kept_)
            keep();
    }
    const std::string &value() const override
    {
        return line_;
    }
    sentencepiece::util::Status status() const override
    {
        return sentencepiece::util::Status();
    }

  private:
    /* Bytes of the line's next part: all of it, as long as the library does not end the process over it. Parts
     * begin with a blank, where there is one. */
    size_t part() const
    {
        if (rest_.size() - at_ <= PART_MAX)
            return std::string::npos;
        const size_t blank = rest_.rfind(' ', at_ + PART_MAX);
        if (blank != std::string::npos && blank > at_)
            return blank - at_;
        size_t n = PART_MAX;
        while ((rest_[at_ + n] & 0xc0) == 0x80)
            n--;
        return n;
    }
    void keep()
    {
        std::string kept;
        for (size_t i = 0, n; i < line_.size(); i += n) {
            const size_t c = read(line_, i, &n);
            if (c == ' ' || (*kept_)[c])
                kept.append(line_, i, n);
            else
                kept += '\t';
        }
        line_ = kept;
    }

    const shim_training *t_;
    const Characters *kept_;
    std::string rest_, line_;
    size_t at_ = 0;
    bool done_ = false;
};

} // namespace

struct shim {
    sentencepiece::SentencePieceProcessor sp;
};

namespace
{

using Count = std::pair<long long, size_t>; /* minus the occurrences, code point */

/* The text's characters, the most frequent first. */
std::vector<Count> count_characters(const shim_training *t)
{
    std::vector<long long> seen(CODE_POINTS);
    for (Lines lines(t, nullptr); !lines.done(); lines.Next()) {
        const std::string &s = lines.value();
        for (size_t i = 0, n; i < s.size(); i += n) {
            const size_t c = read(s, i, &n);
            seen[c] += c != ' ' && c != '\t';
        }
    }
    t->rewind(t->ctx);
    std::vector<Count> counts;
    for (size_t c = 0; c < CODE_POINTS; c++)
        if (seen[c])
            counts.push_back({-seen[c], c});
    std::sort(counts.begin(), counts.end());
    return counts;
}

/* How many of them have this share of the text. */
size_t covering(const std::vector<Count> &counts, double share)
{
    double all = 0, sum = 0;
    size_t n = 0;
    for (const auto &c : counts)
        all -= static_cast<double>(c.first);
    for (; n < counts.size() && sum < share * all; n++)
        sum -= static_cast<double>(counts[n].first);
    return n;
}

/* Of those with the share the ones that come often enough, unless that costs more than a tenth of the text. What is
 * left to its bytes is what teaches a model to write bytes, which it needs for characters that no training shows. */
size_t worth(const std::vector<Count> &counts, double share, long long rare)
{
    size_t n = covering(counts, share);
    const size_t least = covering(counts, std::min(share, 0.9));
    while (n > least && -counts[n - 1].first < rare)
        n--;
    return n;
}

/* The library wants symbols between commas. */
std::string listed(const char *symbols, size_t *n)
{
    std::string all;
    *n = 0;
    for (const char *s = symbols ? symbols : ""; *s;) {
        size_t len = strcspn(s, " ");
        if (len) {
            all += (*n ? "," : "") + std::string(s, len);
            ++*n;
        }
        s += len + (s[len] == ' ');
    }
    return all;
}

const char *yes(int value)
{
    return value ? "true" : "false";
}

sentencepiece::util::Status train(const shim_training *t, long long size,
                                  const std::vector<Count> &counts, size_t n,
                                  const std::string &symbols, std::string *bytes)
{
    char shrink[32];
    Characters kept(CODE_POINTS);
    for (size_t i = 0; i < n; i++)
        kept[counts[i].second] = true;
    snprintf(shrink, sizeof(shrink), "%.6f", t->shrink);
    const std::unordered_map<std::string, std::string> args = {
        {"model_type", t->type},
        {"vocab_size", std::to_string(size + 1)}, /* and the unknown one */
        {"character_coverage", "1"},              /* of what is left */
        {"byte_fallback", "true"},
        {"normalization_rule_name", t->normaliser},
        {"remove_extra_whitespaces", yes(t->merge_blanks)},
        {"add_dummy_prefix", yes(t->prefix)},
        {"split_digits", yes(t->digits)},
        {"split_by_number", yes(t->numbers)},
        {"split_by_unicode_script", yes(t->scripts)},
        {"split_by_whitespace", yes(t->words)},
        {"max_sentencepiece_length", std::to_string(t->longest)},
        {"user_defined_symbols", symbols},
        {"shrinking_factor", shrink},
        {"num_sub_iterations", std::to_string(t->rounds)},
        {"seed_sentencepiece_size", std::to_string(t->seeds)},
        {"max_sentence_length", "16777216"}, /* the library would pass over longer lines unsaid */
        {"hard_vocab_limit", "false"},       /* a small text gives fewer pieces */
        {"shuffle_input_sentence", "false"},
        {"num_threads", "1"},
        {"unk_id", "0"},
        {"bos_id", "-1"},
        {"eos_id", "-1"},
        {"pad_id", "-1"},
        {"minloglevel", "3"},
    };
    Lines lines(t, &kept);
    bytes->clear();
    const auto status = sentencepiece::SentencePieceTrainer::Train(args, &lines, bytes);
    t->rewind(t->ctx);
    return status;
}

const long long BYTES = 256, FEWEST = 16; /* of other pieces */

} // namespace

int shim_train(const shim_training *t, char **model, size_t *size, char *why)
{
    return guarded(why, [&] {
        size_t n_symbols;
        const std::string symbols = listed(t->symbols, &n_symbols);
        const std::vector<Count> counts = count_characters(t);
        const long long reserved = BYTES + static_cast<long long>(n_symbols);
        const long long pieces = std::max(t->size, reserved + FEWEST);
        size_t room = static_cast<size_t>(pieces - reserved) - 1; /* the blank has one */
        size_t n = worth(counts, t->coverage, t->rare);
        std::string bytes;
        if (n > room)
            n = room - room / 8; /* some pieces of more than one character */
        auto status = train(t, pieces, counts, n, symbols, &bytes);
        /* A normaliser makes other characters of them: fewer until they fit. */
        while (!status.ok() && strstr(status.error_message(), "smaller than required_chars") &&
               n > 0) {
            n -= std::max<size_t>(n / 8, 1);
            status = train(t, pieces, counts, n, symbols, &bytes);
        }
        if (!status.ok())
            return tell(why, status);
        *model = static_cast<char *>(malloc(bytes.size() + 1));
        if (!*model)
            return tell(why, "out of memory");
        memcpy(*model, bytes.data(), bytes.size());
        *size = bytes.size();
        return 0;
    });
}

struct shim *shim_open(const char *model, size_t size, char *why)
{
    std::unique_ptr<shim> s;
    const int opened = guarded(why, [&] {
        blob_normaliser normaliser;
        if (blob_check(model, size, &normaliser, why) < 0)
            return -1;
        if (!blob_is_own(normaliser))
            return tell(why, "its normaliser is none of this SentencePiece library");
        s.reset(new shim);
        const auto status = s->sp.LoadFromSerializedProto(std::string(model, size));
        return status.ok() ? 0 : tell(why, status);
    });
    return opened == 0 ? s.release() : nullptr;
}

void shim_close(struct shim *s)
{
    delete s;
}

int shim_pieces(struct shim *s, void (*piece)(void *ctx, const char *s, size_t n), void *ctx,
                char *why)
{
    return guarded(why, [&] {
        for (int id = 0; id < s->sp.GetPieceSize(); id++) {
            const std::string &text = s->sp.IdToPiece(id);
            if (!s->sp.IsUnknown(id) && !s->sp.IsControl(id) && !s->sp.IsUnused(id))
                piece(ctx, text.data(), text.size());
        }
        return 0;
    });
}

int shim_split(struct shim *s, const char *text, size_t n,
               void (*piece)(void *ctx, const char *s, size_t n, size_t begin, size_t end),
               void *ctx, char *why)
{
    return guarded(why, [&] {
        std::string input(text, n);
        replace_all(input, literal, stand_in);
        sentencepiece::ImmutableSentencePieceText out;
        const auto status = s->sp.Encode(input, out.mutable_proto());
        if (!status.ok())
            return tell(why, status);
        size_t n_pieces = out.pieces_size(), run = 0;
        bool swap = false; /* in the bytes of a stand-in that was U+2581 */
        for (size_t i = 0; i < n_pieces; i++) {
            const auto p = out.pieces(static_cast<int>(i));
            /* The last byte's span is the character's. */
            if (run == 0 && p.piece() == stand_in_pieces[0] && i + 2 < n_pieces) {
                size_t at = out.pieces(static_cast<int>(i) + 2).begin();
                swap = at + 3 <= n && !memcmp(text + at, literal, 3);
                run = swap ? 3 : 0;
            }
            const char *byte = run ? literal_pieces[3 - run] : nullptr;
            run -= run > 0;
            if (byte)
                piece(ctx, byte, strlen(byte), p.begin(), p.end());
            else
                piece(ctx, p.piece().data(), p.piece().size(), p.begin(), p.end());
        }
        return 0;
    });
}

int shim_join(struct shim *s, const char *const *pieces, const size_t *lens, size_t n,
              void (*put)(void *ctx, const char *s, size_t n), void *ctx, char *why)
{
    return guarded(why, [&] {
        std::vector<std::string> all;
        all.reserve(n);
        for (size_t i = 0; i < n; i++)
            all.emplace_back(pieces[i], lens[i]);
        std::string text;
        const auto status = s->sp.Decode(all, &text);
        if (!status.ok())
            return tell(why, status);
        put(ctx, text.data(), text.size());
        return 0;
    });
}
