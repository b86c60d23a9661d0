export { type DuePromotion, duePromotions, planPromotion, promotionMark } from './due-promotion.js';
export { levelFirst } from './level.js';
export { type PromotionOutcome, type PromotionQuestion, Promotions, type PromotionTools } from './promotions.js';
