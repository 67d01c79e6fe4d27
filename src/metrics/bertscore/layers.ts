/**
 * Which layer of an encoder agrees best with people, and what two unrelated English sentences score there. Both tables are those of
 * bert_score 0.3.13 (MIT licence, utils.py and rescale_baseline/en), for the encoders that are built here.
 */

/** Layers by the name of the encoder, tuned on WMT16 segments. */
export const RECOMMENDED_LAYERS: Readonly<Record<string, number>> = {
  "bert-base-uncased": 9,
  "bert-large-uncased": 18,
  "bert-base-cased-finetuned-mrpc": 9,
  "bert-base-multilingual-cased": 9,
  "bert-base-chinese": 8,
  "roberta-base": 10,
  "roberta-large": 17,
  "roberta-large-mnli": 19,
  "roberta-base-openai-detector": 7,
  "roberta-large-openai-detector": 15,
  "allenai/scibert_scivocab_uncased": 8,
  "allenai/scibert_scivocab_cased": 9,
  "nfliu/scibert_basevocab_uncased": 9,
  "distilroberta-base": 5,
  "distilbert-base-uncased": 5,
  "distilbert-base-uncased-distilled-squad": 4,
  "distilbert-base-multilingual-cased": 5,
  "xlm-roberta-base": 9,
  "xlm-roberta-large": 17,
  "google/bert_uncased_L-2_H-128_A-2": 1,
  "google/bert_uncased_L-2_H-256_A-4": 1,
  "google/bert_uncased_L-2_H-512_A-8": 1,
  "google/bert_uncased_L-2_H-768_A-12": 2,
  "google/bert_uncased_L-4_H-128_A-2": 3,
  "google/bert_uncased_L-4_H-256_A-4": 3,
  "google/bert_uncased_L-4_H-512_A-8": 3,
  "google/bert_uncased_L-4_H-768_A-12": 3,
  "google/bert_uncased_L-6_H-128_A-2": 5,
  "google/bert_uncased_L-6_H-256_A-4": 5,
  "google/bert_uncased_L-6_H-512_A-8": 5,
  "google/bert_uncased_L-6_H-768_A-12": 5,
  "google/bert_uncased_L-8_H-128_A-2": 7,
  "google/bert_uncased_L-8_H-256_A-4": 7,
  "google/bert_uncased_L-8_H-512_A-8": 6,
  "google/bert_uncased_L-8_H-768_A-12": 7,
  "google/bert_uncased_L-10_H-128_A-2": 8,
  "google/bert_uncased_L-10_H-256_A-4": 8,
  "google/bert_uncased_L-10_H-512_A-8": 9,
  "google/bert_uncased_L-10_H-768_A-12": 8,
  "google/bert_uncased_L-12_H-128_A-2": 10,
  "google/bert_uncased_L-12_H-256_A-4": 11,
  "google/bert_uncased_L-12_H-512_A-8": 10,
  "google/bert_uncased_L-12_H-768_A-12": 9,
  "microsoft/deberta-base": 9,
  "microsoft/deberta-base-mnli": 9,
  "microsoft/deberta-large": 16,
  "microsoft/deberta-large-mnli": 18,
  "microsoft/deberta-xlarge": 18,
  "microsoft/deberta-xlarge-mnli": 40,
  "SpanBERT/spanbert-base-cased": 8,
  "SpanBERT/spanbert-large-cased": 17,
  "ProsusAI/finbert": 10,
  "microsoft/deberta-v2-xlarge": 10,
  "microsoft/deberta-v2-xlarge-mnli": 17,
  "microsoft/deberta-v2-xxlarge": 21,
  "microsoft/deberta-v2-xxlarge-mnli": 22,
  "princeton-nlp/unsup-simcse-bert-base-uncased": 10,
  "princeton-nlp/unsup-simcse-bert-large-uncased": 18,
  "princeton-nlp/unsup-simcse-roberta-base": 8,
  "princeton-nlp/unsup-simcse-roberta-large": 13,
  "princeton-nlp/sup-simcse-bert-base-uncased": 10,
  "princeton-nlp/sup-simcse-bert-large-uncased": 18,
  "princeton-nlp/sup-simcse-roberta-base": 10,
  "princeton-nlp/sup-simcse-roberta-large": 16,
  "dbmdz/bert-base-turkish-cased": 10,
  "dbmdz/distilbert-base-turkish-cased": 4,
  "microsoft/deberta-v3-xsmall": 10,
  "microsoft/deberta-v3-small": 4,
  "microsoft/deberta-v3-base": 9,
  "microsoft/mdeberta-v3-base": 10,
  "microsoft/deberta-v3-large": 12,
  "khalidalt/DeBERTa-v3-large-mnli": 18,
};

/** Precision, recall and F1 of random pairs of English sentences at the recommended layer. */
export const ENGLISH_BASELINES: Readonly<Record<string, readonly [number, number, number]>> = {
  "bert-base-uncased": [0.35375935, 0.3537393, 0.35219112],
  "bert-large-uncased": [0.4278576, 0.42786714, 0.42646673],
  "bert-base-cased-finetuned-mrpc": [0.55345184, 0.55342007, 0.5525519],
  "bert-base-multilingual-cased": [0.6320527, 0.6320019, 0.63146895],
  "roberta-base": [0.8146725, 0.8146619, 0.814463],
  "roberta-large": [0.83150584, 0.8314941, 0.83122575],
  "roberta-large-mnli": [0.6901594, 0.69018, 0.6896288],
  "distilroberta-base": [0.84732, 0.84759504, 0.8473319],
  "distilbert-base-uncased": [0.6666034, 0.66660464, 0.66620487],
  "distilbert-base-uncased-distilled-squad": [0.6591859, 0.65919137, 0.65882134],
  "distilbert-base-multilingual-cased": [0.8164157, 0.81645757, 0.81623197],
  "xlm-roberta-base": [0.81658614, 0.8165717, 0.81639785],
  "xlm-roberta-large": [0.85291016, 0.8529066, 0.8525485],
  "microsoft/deberta-base": [0.6282066, 0.62825406, 0.6269483],
  "microsoft/deberta-base-mnli": [0.53045946, 0.5304829, 0.52866036],
  "microsoft/deberta-large": [0.5341927, 0.53433174, 0.53205305],
  "microsoft/deberta-large-mnli": [0.45358238, 0.45362508, 0.45173016],
  "microsoft/deberta-xlarge": [0.5177917, 0.5178813, 0.51596016],
  "microsoft/deberta-xlarge-mnli": [0.5169066, 0.5170288, 0.5150192],
};

/** Where the hub has since put models that bert_score knows by a bare name. */
const OWNERS = ["google-bert", "FacebookAI", "distilbert", "openai-community"];

/** The name by which the tables know an encoder, or null. */
export function knownEncoderName(name: string): string | null {
  const [owner, ...rest] = name.split("/");
  const bare = OWNERS.includes(owner) && rest.length === 1 ? rest[0] : name;
  return bare in RECOMMENDED_LAYERS ? bare : null;
}
