-- Settlement of every row of TB_TRX: one row in, one row out, all columns text.
--
-- The way through the statement:
--   trx   the transaction with the contract that was in force on the approval day
--   fam   one branch per method family: which fees the family knows, what it gives back on a cancel
--   dts   sold date, payout date, release date of the reserve
--   fx    the exchange rate
--   clc   the amounts: fee, VAT, reserve of the whole amount and, on a partial cancel, less those of the remainder
--   out   refund fee, tax split, net
-- and below them the branch of the void cancels, which needs nothing of this.
--
-- What must stay as it is:
--   * OFFSET 0 and MATERIALIZED are fences. Without them the planner pulls the sub-selects up and every expression
--     is evaluated again wherever its name is used, which multiplies from level to level.
--   * Whatever the tables do not hold (contract, price, rate, calendar day) comes out as NULL, not as '' and not as 0.
--   * Amounts are magnitudes until clc applies the sign, because the roundings are defined on magnitudes.
--   * KD-nnn marks the four places where this query is known to differ from the settlement rules.
WITH
trx AS MATERIALIZED (
    SELECT a.*,
           -- What a fee is computed on. A partial cancel is worth the difference of two payments: the one that
           -- stood before it (amt_a) and the one that is left after it (amt_b).
           CASE a.evt_cd WHEN 'PARTIAL_CANCEL' THEN a.org_amt ELSE a.amt END AS amt_a,
           CASE a.evt_cd WHEN 'PARTIAL_CANCEL' THEN a.org_amt - a.amt END    AS amt_b
    FROM (
        SELECT t.trx_no, t.evt_cd, t.method_cd, t.curr_cd, t.tax_cd, t.tax_free_amt,
               t.inst_mm, t.int_payer_cd, t.escrow_yn,
               -- KD-003: KWD has three decimals, this system keeps two: every KWD amount is cut before anything else
               CASE t.curr_cd WHEN 'KWD' THEN trunc(t.amt, 2)     ELSE t.amt     END AS amt,
               CASE t.curr_cd WHEN 'KWD' THEN trunc(t.org_amt, 2) ELSE t.org_amt END AS org_amt,
               CASE t.evt_cd WHEN 'PAY' THEN 1 ELSE -1 END AS sgn,
               t.appr_at::date                      AS appr_dt,
               coalesce(t.acq_at, t.appr_at)::date  AS acq_dt,
               t.evt_at::date                       AS evt_dt,
               CASE WHEN t.evt_cd <> 'PAY' AND t.phase_cd = 'BEFORE_CAPTURE' THEN 'Y' ELSE 'N' END AS void_yn,
               CASE WHEN t.curr_cd <> c.stl_curr_cd THEN 'Y' ELSE 'N' END AS fx_yn,
               c.grade_cd, c.vat_cd, c.rnd_cd, c.cycle_cd, c.shift_cd, c.stl_curr_cd,
               c.fx_dt_cd, c.fx_kind_cd, c.fx_post_cd, c.fx_ord_cd, c.rsv_rate,
               k.expo     AS trx_expo,
               k.min_unit AS trx_unit,
               s.expo     AS stl_expo,
               s.min_unit AS stl_unit
        FROM TB_TRX t
        -- the approval day picks the version, also for a cancel: appr_at is the original payment's
        LEFT JOIN TB_CTRT c ON c.mid = t.mid AND t.appr_at::date BETWEEN c.appl_from AND c.appl_to
        LEFT JOIN TB_CURR k ON k.curr_cd = t.curr_cd
        LEFT JOIN TB_CURR s ON s.curr_cd = c.stl_curr_cd
    ) a
),

-- The families. Each branch fills the same terms:
--   fee_rt, fix_amt    proportional and fixed part of the base fee (the fixed part in the transaction currency)
--   min_a, min_b       minimum of the base fee, for the whole amount and for what remains after a partial cancel
--   inst_rt            instalment rate the merchant bears
--   esc_rt, esc_amt    escrow as a rate or as an amount
--   rfnd_amt           refund fee charged on this row
--   conf_dt            the day the event counts for, before escrow
-- Minimum, escrow amount and refund fee are prices in KRW and apply only where KRW is settled.
fam AS (
    -- 1. Domestic cards and easy pay: price by grade, instalments, escrow
    SELECT t.*,
           f.fee_rt,
           0::numeric AS fix_amt,
           0::numeric AS min_a,
           0::numeric AS min_b,
           CASE WHEN t.int_payer_cd = 'MERCHANT' AND t.inst_mm > 0
                THEN (SELECT i.inst_rt FROM TB_INST_FEE i
                      WHERE i.inst_mm = t.inst_mm AND t.appr_dt BETWEEN i.appl_from AND i.appl_to)
                ELSE 0 END AS inst_rt,  -- BUYER and CARD_COMPANY: the merchant pays nothing for it
           CASE WHEN t.escrow_yn = 'Y'
                THEN (SELECT e.esc_rt FROM TB_ESCROW_FEE e
                      WHERE e.method_cd = t.method_cd AND t.appr_dt BETWEEN e.appl_from AND e.appl_to)
                ELSE 0 END AS esc_rt,
           0::numeric AS esc_amt,
           0::numeric AS rfnd_amt,
           CASE t.evt_cd WHEN 'PAY' THEN t.acq_dt ELSE t.evt_dt END AS conf_dt
    FROM trx t
    LEFT JOIN TB_FEE_MST f ON f.method_cd = t.method_cd AND f.grade_cd = t.grade_cd
                          AND t.appr_dt BETWEEN f.appl_from AND f.appl_to
    WHERE t.void_yn = 'N' AND t.method_cd IN ('CREDIT_CARD', 'CHECK_CARD', 'EASYPAY_CARD', 'EASYPAY_MONEY')

    UNION ALL
    -- 2. Overseas card: one price for every grade; the first family that may be settled in another currency
    SELECT t.*, f.fee_rt, 0, 0, 0, 0, 0, 0, 0,
           CASE t.evt_cd WHEN 'PAY' THEN t.acq_dt ELSE t.evt_dt END
    FROM trx t
    LEFT JOIN TB_FEE_MST f ON f.method_cd = t.method_cd AND f.grade_cd = '*'
                          AND t.appr_dt BETWEEN f.appl_from AND f.appl_to
    WHERE t.void_yn = 'N' AND t.method_cd = 'OVERSEAS_CARD'

    UNION ALL
    -- 3. Bank transfer: minimum fee, escrow; no capture, so a payment counts for the approval day
    SELECT t.*, f.fee_rt, 0,
           CASE t.stl_curr_cd WHEN 'KRW' THEN f.min_amt ELSE 0 END,
           0,  -- KD-004: no minimum for the remaining amount of a partial cancel (min_b is read for nothing else)
           0,
           CASE WHEN t.escrow_yn = 'Y'
                THEN (SELECT e.esc_rt FROM TB_ESCROW_FEE e
                      WHERE e.method_cd = t.method_cd AND t.appr_dt BETWEEN e.appl_from AND e.appl_to)
                ELSE 0 END,
           0, 0,
           CASE t.evt_cd WHEN 'PAY' THEN t.appr_dt ELSE t.evt_dt END
    FROM trx t
    LEFT JOIN TB_FEE_MST f ON f.method_cd = t.method_cd AND f.grade_cd = '*'
                          AND t.appr_dt BETWEEN f.appl_from AND f.appl_to
    WHERE t.void_yn = 'N' AND t.method_cd = 'BANK_TRANSFER'

    UNION ALL
    -- 4. Virtual account: fixed fee, escrow as an amount. The fee of the payment is kept on a cancel (so a
    --    cancel has none of its own) and every cancel, whole or partial, is charged the refund fee.
    SELECT t.*, f.fee_rt,
           CASE t.evt_cd WHEN 'PAY' THEN x.fix_amt ELSE 0 END,
           0, 0, 0, 0,
           CASE WHEN t.evt_cd = 'PAY' AND t.escrow_yn = 'Y' AND t.stl_curr_cd = 'KRW'
                THEN (SELECT e.esc_amt FROM TB_ESCROW_FEE e
                      WHERE e.method_cd = t.method_cd AND t.appr_dt BETWEEN e.appl_from AND e.appl_to)
                ELSE 0 END,
           CASE WHEN t.evt_cd <> 'PAY' AND t.stl_curr_cd = 'KRW'
                THEN (SELECT r.rfnd_amt FROM TB_RFND_FEE r
                      WHERE r.method_cd = t.method_cd AND t.appr_dt BETWEEN r.appl_from AND r.appl_to)
                ELSE 0 END,
           CASE t.evt_cd WHEN 'PAY' THEN t.appr_dt ELSE t.evt_dt END
    FROM trx t
    LEFT JOIN TB_FEE_MST f ON f.method_cd = t.method_cd AND f.grade_cd = '*'
                          AND t.appr_dt BETWEEN f.appl_from AND f.appl_to
    LEFT JOIN TB_FIX_FEE x ON x.method_cd = t.method_cd AND x.curr_cd = t.curr_cd
                          AND t.appr_dt BETWEEN x.appl_from AND x.appl_to
    WHERE t.void_yn = 'N' AND t.method_cd = 'VIRTUAL_ACCOUNT'

    UNION ALL
    -- 5. Mobile phone and gift certificate: a rate and nothing else; the certificate has no capture
    SELECT t.*, f.fee_rt, 0, 0, 0, 0, 0, 0, 0,
           CASE WHEN t.evt_cd <> 'PAY' THEN t.evt_dt
                ELSE CASE t.method_cd WHEN 'GIFT_CERT' THEN t.appr_dt ELSE t.acq_dt END END
    FROM trx t
    LEFT JOIN TB_FEE_MST f ON f.method_cd = t.method_cd AND f.grade_cd = '*'
                          AND t.appr_dt BETWEEN f.appl_from AND f.appl_to
    WHERE t.void_yn = 'N' AND t.method_cd IN ('MOBILE_GOODS', 'MOBILE_CONTENT', 'GIFT_CERT')

    UNION ALL
    -- 6. PayPal: rate and fixed fee on the payment; both are kept on a cancel, so a cancel is free of fee and VAT
    SELECT t.*,
           CASE t.evt_cd WHEN 'PAY' THEN f.fee_rt  ELSE 0 END,
           CASE t.evt_cd WHEN 'PAY' THEN x.fix_amt ELSE 0 END,
           0, 0, 0, 0, 0, 0,
           CASE t.evt_cd WHEN 'PAY' THEN t.acq_dt ELSE t.evt_dt END
    FROM trx t
    LEFT JOIN TB_FEE_MST f ON f.method_cd = t.method_cd AND f.grade_cd = '*'
                          AND t.appr_dt BETWEEN f.appl_from AND f.appl_to
    LEFT JOIN TB_FIX_FEE x ON x.method_cd = t.method_cd AND x.curr_cd = t.curr_cd
                          AND t.appr_dt BETWEEN x.appl_from AND x.appl_to
    WHERE t.void_yn = 'N' AND t.method_cd = 'PAYPAL'
    OFFSET 0
),

-- Dates.
-- KD-001: the calendar was made from a holiday table without Labour Day, so 1 May is a business day in all of them.
dts AS (
    SELECT p.*,
           rc.next_biz_dt AS rls_dt,
           -- the day whose rate is used; NULL without conversion. Also for a cancel, approval and capture are the
           -- original payment's and the settlement is the row's own.
           CASE p.fx_yn WHEN 'Y' THEN CASE p.fx_dt_cd WHEN 'APPROVAL'   THEN p.appr_dt
                                                      WHEN 'CAPTURE'    THEN p.acq_dt
                                                      WHEN 'SETTLEMENT' THEN p.pay_dt END END AS rt_dt
    FROM (
        SELECT n.*,
               CASE WHEN n.cycle_cd LIKE 'D%' THEN bc.cal_dt
                    -- the nominal day moves back only as far as the sold date, otherwise it moves on
                    WHEN n.shift_cd = 'BEFORE' AND nc.prev_biz_dt >= n.sold_dt THEN nc.prev_biz_dt
                    ELSE nc.next_biz_dt END AS pay_dt
        FROM (
            SELECT s.*,
                   -- D-cycles count business days from the sold date or the business day after it
                   CASE WHEN s.cycle_cd LIKE 'D%' THEN sc.biz_seq + substr(s.cycle_cd, 2)::int END AS pay_seq,
                   -- the other cycles close a period and pay so many calendar days later
                   CASE s.cycle_cd WHEN 'WEEKLY'        THEN sc.wk_end_dt + 4
                                   WHEN 'TWICE_MONTHLY' THEN sc.half_end_dt + 5
                                   WHEN 'MONTHLY'       THEN sc.mon_end_dt + 10 END AS nom_dt
            FROM (
                -- escrow waits seven calendar days for the buyer's confirmation, a cancel under escrow too
                SELECT f.*, f.conf_dt + CASE f.escrow_yn WHEN 'Y' THEN 7 ELSE 0 END AS sold_dt
                FROM fam f
                OFFSET 0
            ) s
            LEFT JOIN TB_CALENDAR sc ON sc.cal_dt = s.sold_dt
            OFFSET 0
        ) n
        LEFT JOIN TB_CALENDAR bc ON bc.biz_yn = 'Y' AND bc.biz_seq = n.pay_seq
        LEFT JOIN TB_CALENDAR nc ON nc.cal_dt = n.nom_dt
        OFFSET 0
    ) p
    LEFT JOIN TB_CALENDAR rc ON p.evt_cd = 'PAY' AND p.rsv_rate > 0 AND rc.cal_dt = p.pay_dt + 30
    OFFSET 0
),

-- Exchange rate per one unit of the transaction currency, and the unit and decimals the fee is computed in.
fx AS (
    SELECT d.*,
           r.fx_rt,
           r.fx_dt,
           CASE WHEN d.fx_ord_cd = 'FEE_THEN_CONVERT' AND d.fx_yn = 'Y' THEN 'Y' ELSE 'N' END AS fee_first_yn,
           CASE WHEN d.fx_ord_cd = 'FEE_THEN_CONVERT' AND d.fx_yn = 'Y' THEN d.trx_expo ELSE d.stl_expo END AS fee_expo,
           CASE WHEN d.fx_ord_cd = 'FEE_THEN_CONVERT' AND d.fx_yn = 'Y' THEN d.trx_unit ELSE d.stl_unit END AS fee_unit,
           CASE WHEN d.fx_ord_cd = 'CONVERT_THEN_FEE' AND d.fx_yn = 'Y'
                THEN round(d.fix_amt * r.fx_rt, d.stl_expo)
                ELSE d.fix_amt END AS fee_fix,
           CASE d.evt_cd WHEN 'PAY' THEN d.rsv_rate ELSE 0 END AS fee_rsv  -- a cancel holds nothing back
    FROM dts d
    LEFT JOIN LATERAL (
        SELECT p.post_dt AS fx_dt,
               CASE d.stl_curr_cd
                    WHEN 'KRW' THEN CASE d.fx_kind_cd WHEN 'BASE' THEN p.base_rt WHEN 'TTB' THEN p.ttb_rt END / p.unit
                    -- into another currency: both KRW rates of the same posting, crossed at 8 decimals. The
                    -- factor with its 30 decimals makes the division exact enough to be rounded once.
                    ELSE (SELECT round(CASE d.fx_kind_cd WHEN 'BASE' THEN p.base_rt * q.unit / (q.base_rt * p.unit * 1.000000000000000000000000000000)
                                                         WHEN 'TTB'  THEN p.ttb_rt  * q.unit / (q.ttb_rt  * p.unit * 1.000000000000000000000000000000) END, 8)
                          FROM TB_FX_RATE q
                          WHERE q.curr_cd = d.stl_curr_cd AND q.post_dt = p.post_dt AND q.post_seq = p.post_seq)
               END AS fx_rt
        FROM TB_FX_RATE p
        WHERE p.curr_cd = d.curr_cd
          -- a day without postings takes the last day before it that has one
          AND p.post_dt = (SELECT max(m.post_dt) FROM TB_FX_RATE m WHERE m.curr_cd = d.curr_cd AND m.post_dt <= d.rt_dt)
          AND p.post_seq = CASE d.fx_post_cd
                WHEN 'FIRST' THEN (SELECT min(m.post_seq) FROM TB_FX_RATE m WHERE m.curr_cd = p.curr_cd AND m.post_dt = p.post_dt)
                WHEN 'LAST'  THEN (SELECT max(m.post_seq) FROM TB_FX_RATE m WHERE m.curr_cd = p.curr_cd AND m.post_dt = p.post_dt)
              END
    ) r ON true
    OFFSET 0
),

-- Amounts. Per transaction one line for the whole amount and, on a partial cancel, one of the opposite sign for the
-- remainder; the levels run from the inside out and the lines are added up field by field at the end.
clc AS (
    SELECT t.trx_no, t.evt_cd, t.sgn, t.amt, t.org_amt, t.tax_cd, t.tax_free_amt, t.vat_cd, t.rfnd_amt,
           t.trx_expo, t.trx_unit, t.stl_expo, t.fx_yn, t.fx_rt, t.fx_dt, t.sold_dt, t.pay_dt, t.rls_dt,
           c.gross, c.base_fee, c.inst_fee, c.esc_fee, c.fee, c.fee_vat, c.rsv
    FROM fx t
    CROSS JOIN LATERAL (
        SELECT sum(w.sgn * w.gross)    AS gross,
               sum(w.sgn * w.base_fee) AS base_fee,
               sum(w.sgn * w.inst_fee) AS inst_fee,
               sum(w.sgn * w.esc_fee)  AS esc_fee,
               sum(w.sgn * w.fee)      AS fee,
               sum(w.sgn * w.fee_vat)  AS fee_vat,
               sum(w.sgn * w.rsv)      AS rsv
        FROM (
            -- f. fee first, then conversion: every field is converted and rounded on its own
            SELECT v.sgn,
                   CASE t.fee_first_yn WHEN 'Y' THEN round(v.gross    * t.fx_rt, t.stl_expo) ELSE v.gross    END AS gross,
                   CASE t.fee_first_yn WHEN 'Y' THEN round(v.base_fee * t.fx_rt, t.stl_expo) ELSE v.base_fee END AS base_fee,
                   CASE t.fee_first_yn WHEN 'Y' THEN round(v.inst_fee * t.fx_rt, t.stl_expo) ELSE v.inst_fee END AS inst_fee,
                   CASE t.fee_first_yn WHEN 'Y' THEN round(v.esc_fee  * t.fx_rt, t.stl_expo) ELSE v.esc_fee  END AS esc_fee,
                   CASE t.fee_first_yn WHEN 'Y' THEN round(v.fee      * t.fx_rt, t.stl_expo) ELSE v.fee      END AS fee,
                   CASE t.fee_first_yn WHEN 'Y' THEN round(v.fee_vat  * t.fx_rt, t.stl_expo) ELSE v.fee_vat  END AS fee_vat,
                   CASE t.fee_first_yn WHEN 'Y' THEN round(v.rsv      * t.fx_rt, t.stl_expo) ELSE v.rsv      END AS rsv
            FROM (
                -- e. VAT on top of the fee, or inside it
                SELECT u.sgn, u.gross, u.base_fee, u.inst_fee, u.esc_fee, u.rsv, u.fee,
                       CASE t.vat_cd WHEN 'ADDED'    THEN trunc(u.fee * 0.1, t.fee_expo)
                                     WHEN 'INCLUDED' THEN u.tot_fee - u.fee END AS fee_vat
                FROM (
                    SELECT b.sgn, b.gross, b.base_fee, b.inst_fee, b.esc_fee, b.rsv, b.tot_fee,
                           CASE t.vat_cd WHEN 'ADDED'    THEN b.tot_fee
                                         WHEN 'INCLUDED' THEN round(b.tot_fee / 1.1000000000, t.fee_expo) END AS fee
                    FROM (
                        -- d. fixed amounts and the minimum, which need no rounding
                        --    KD-002: the total is not base_fee + inst_fee + esc_fee but their unrounded sum rounded
                        --    once (tot_rnd); with a single proportional part the two are the same
                        --    (CASE and not greatest(): greatest() passes over NULL and would make a fee of a missing rate)
                        SELECT z.sgn, z.gross, z.inst_fee, z.rsv,
                               CASE WHEN z.base_rnd + t.fee_fix < z.min_amt THEN z.min_amt ELSE z.base_rnd + t.fee_fix END AS base_fee,
                               z.esc_rnd + t.esc_amt                       AS esc_fee,
                               CASE WHEN t.inst_rt = 0 AND t.esc_rt = 0
                                    THEN CASE WHEN z.base_rnd + t.fee_fix < z.min_amt THEN z.min_amt ELSE z.base_rnd + t.fee_fix END
                                    ELSE z.tot_rnd + CASE WHEN z.base_raw + t.fee_fix < z.min_amt THEN z.min_amt ELSE t.fee_fix END
                               END + t.esc_amt AS tot_fee
                        FROM (
                            -- c. rounding by contract, the same CASE for each. HALF_EVEN is HALF_UP taken back
                            --    by one unit where a tie went up to an odd number of units.
                            SELECT y.sgn, y.gross, y.min_amt, y.base_raw,
                                   trunc(y.gross * t.fee_rsv, t.fee_expo) AS rsv,
                                   CASE t.rnd_cd
                                        WHEN 'DOWN'      THEN trunc(y.base_raw, t.fee_expo)
                                        WHEN 'HALF_UP'   THEN round(y.base_raw, t.fee_expo)
                                        WHEN 'HALF_EVEN' THEN round(y.base_raw, t.fee_expo)
                                             - CASE WHEN (round(y.base_raw, t.fee_expo) - y.base_raw) * 2 = t.fee_unit
                                                     AND mod(round(y.base_raw, t.fee_expo), t.fee_unit * 2) <> 0
                                                    THEN t.fee_unit ELSE 0 END
                                        WHEN 'UP'        THEN trunc(y.base_raw, t.fee_expo)
                                             + CASE WHEN trunc(y.base_raw, t.fee_expo) < y.base_raw THEN t.fee_unit ELSE 0 END
                                   END AS base_rnd,
                                   CASE WHEN t.inst_rt = 0 THEN 0 ELSE CASE t.rnd_cd
                                        WHEN 'DOWN'      THEN trunc(y.inst_raw, t.fee_expo)
                                        WHEN 'HALF_UP'   THEN round(y.inst_raw, t.fee_expo)
                                        WHEN 'HALF_EVEN' THEN round(y.inst_raw, t.fee_expo)
                                             - CASE WHEN (round(y.inst_raw, t.fee_expo) - y.inst_raw) * 2 = t.fee_unit
                                                     AND mod(round(y.inst_raw, t.fee_expo), t.fee_unit * 2) <> 0
                                                    THEN t.fee_unit ELSE 0 END
                                        WHEN 'UP'        THEN trunc(y.inst_raw, t.fee_expo)
                                             + CASE WHEN trunc(y.inst_raw, t.fee_expo) < y.inst_raw THEN t.fee_unit ELSE 0 END
                                   END END AS inst_fee,
                                   CASE WHEN t.esc_rt = 0 THEN 0 ELSE CASE t.rnd_cd
                                        WHEN 'DOWN'      THEN trunc(y.esc_raw, t.fee_expo)
                                        WHEN 'HALF_UP'   THEN round(y.esc_raw, t.fee_expo)
                                        WHEN 'HALF_EVEN' THEN round(y.esc_raw, t.fee_expo)
                                             - CASE WHEN (round(y.esc_raw, t.fee_expo) - y.esc_raw) * 2 = t.fee_unit
                                                     AND mod(round(y.esc_raw, t.fee_expo), t.fee_unit * 2) <> 0
                                                    THEN t.fee_unit ELSE 0 END
                                        WHEN 'UP'        THEN trunc(y.esc_raw, t.fee_expo)
                                             + CASE WHEN trunc(y.esc_raw, t.fee_expo) < y.esc_raw THEN t.fee_unit ELSE 0 END
                                   END END AS esc_rnd,
                                   CASE WHEN t.inst_rt = 0 AND t.esc_rt = 0 THEN 0 ELSE CASE t.rnd_cd
                                        WHEN 'DOWN'      THEN trunc(y.tot_raw, t.fee_expo)
                                        WHEN 'HALF_UP'   THEN round(y.tot_raw, t.fee_expo)
                                        WHEN 'HALF_EVEN' THEN round(y.tot_raw, t.fee_expo)
                                             - CASE WHEN (round(y.tot_raw, t.fee_expo) - y.tot_raw) * 2 = t.fee_unit
                                                     AND mod(round(y.tot_raw, t.fee_expo), t.fee_unit * 2) <> 0
                                                    THEN t.fee_unit ELSE 0 END
                                        WHEN 'UP'        THEN trunc(y.tot_raw, t.fee_expo)
                                             + CASE WHEN trunc(y.tot_raw, t.fee_expo) < y.tot_raw THEN t.fee_unit ELSE 0 END
                                   END END AS tot_rnd
                            FROM (
                                -- b. the proportional parts, unrounded. Below the minimum the base part of the total
                                --    is the minimum itself, added at d.
                                SELECT x.sgn, x.gross, x.min_amt,
                                       x.base_raw, x.inst_raw, x.esc_raw,
                                       CASE WHEN x.base_raw + t.fee_fix < x.min_amt THEN 0 ELSE x.base_raw END
                                           + x.inst_raw + x.esc_raw AS tot_raw
                                FROM (
                                    SELECT g.sgn, g.gross, g.min_amt,
                                           g.gross * t.fee_rt  AS base_raw,
                                           g.gross * t.inst_rt AS inst_raw,
                                           g.gross * t.esc_rt  AS esc_raw
                                    FROM (
                                        -- a. conversion first, then fee: the fee is computed on the converted amount
                                        SELECT l.sgn, l.min_amt,
                                               CASE WHEN t.fx_yn = 'N' OR t.fx_ord_cd = 'FEE_THEN_CONVERT' THEN l.amt
                                                    WHEN t.fx_ord_cd = 'CONVERT_THEN_FEE' THEN round(l.amt * t.fx_rt, t.stl_expo)
                                               END AS gross
                                        FROM (VALUES ( t.sgn, t.amt_a, t.min_a),
                                                     (-t.sgn, t.amt_b, t.min_b)) l(sgn, amt, min_amt)
                                        WHERE l.amt IS NOT NULL
                                        OFFSET 0
                                    ) g
                                    OFFSET 0
                                ) x
                                OFFSET 0
                            ) y
                            OFFSET 0
                        ) z
                        OFFSET 0
                    ) b
                    OFFSET 0
                ) u
                OFFSET 0
            ) v
            OFFSET 0
        ) w
    ) c
    OFFSET 0
),

-- Refund fee and tax split. The refund fee is a cost of the merchant on a row whose other amounts are negative.
out AS (
    SELECT s.*,
           s.fee_sum + s.fee_vat_sum + s.rsv AS deducted,
           s.sgn * s.sply_amt                               AS sply_sgn,
           s.sgn * (s.split_amt - s.sply_amt - s.free_amt)  AS tax_sgn,
           s.sgn * s.free_amt                               AS free_sgn
    FROM (
        SELECT q.*,
               q.amt AS split_amt,
               round((q.amt - q.free_amt) / 1.1000000000, q.trx_expo) AS sply_amt
        FROM (
            SELECT r.*,
                   r.fee + r.rfnd_fee AS fee_sum,
                   r.fee_vat + CASE WHEN r.rfnd_amt = 0 THEN 0
                                    ELSE CASE r.vat_cd WHEN 'ADDED'    THEN trunc(r.rfnd_fee * 0.1, r.stl_expo)
                                                       WHEN 'INCLUDED' THEN r.rfnd_amt - r.rfnd_fee END END AS fee_vat_sum,
                   CASE r.tax_cd
                        WHEN 'TAXABLE'  THEN 0
                        WHEN 'TAX_FREE' THEN r.amt
                        WHEN 'MIXED'    THEN
                             CASE r.evt_cd
                                  -- the cancelled share of the tax-free amount, rounded down: div() cuts exactly, a
                                  -- quotient of limited precision could round up to the next unit first
                                  WHEN 'PARTIAL_CANCEL' THEN div(r.tax_free_amt * r.amt, r.org_amt * r.trx_unit) * r.trx_unit
                                  ELSE r.tax_free_amt END
                   END AS free_amt
            FROM (
                SELECT c.*,
                       CASE WHEN c.rfnd_amt = 0 THEN 0
                            ELSE CASE c.vat_cd WHEN 'ADDED'    THEN c.rfnd_amt
                                               WHEN 'INCLUDED' THEN round(c.rfnd_amt / 1.1000000000, c.stl_expo) END END AS rfnd_fee
                FROM clc c
                OFFSET 0
            ) r
            OFFSET 0
        ) q
        OFFSET 0
    ) s
    OFFSET 0
)

SELECT o.trx_no                                             AS trx_no,
       'SETTLED'                                            AS status,
       to_char(o.sold_dt::timestamp, 'YYYY-MM-DD')          AS sold_date,
       round(o.gross, o.stl_expo)::text                     AS gross,
       CASE o.fx_yn WHEN 'N' THEN '' ELSE trim_scale(o.fx_rt)::text END                        AS fx_rate,
       CASE o.fx_yn WHEN 'N' THEN '' ELSE to_char(o.fx_dt::timestamp, 'YYYY-MM-DD') END        AS fx_date,
       round(o.base_fee, o.stl_expo)::text                  AS base_fee,
       round(o.inst_fee, o.stl_expo)::text                  AS instalment_fee,
       round(o.esc_fee, o.stl_expo)::text                   AS escrow_fee,
       round(o.rfnd_amt, o.stl_expo)::text                  AS refund_fee,
       round(o.fee_sum, o.stl_expo)::text                   AS fee,
       round(o.fee_vat_sum, o.stl_expo)::text               AS fee_vat,
       round(o.sply_sgn, o.trx_expo)::text                  AS supply_amount,
       round(o.tax_sgn, o.trx_expo)::text                   AS tax_amount,
       round(o.free_sgn, o.trx_expo)::text                  AS tax_free_amount,
       round(o.rsv, o.stl_expo)::text                       AS reserve,
       round(o.gross - o.deducted, o.stl_expo)::text        AS net,
       to_char(o.pay_dt::timestamp, 'YYYY-MM-DD')           AS payout_date,
       CASE WHEN o.rsv = 0 THEN '' ELSE to_char(o.rls_dt::timestamp, 'YYYY-MM-DD') END         AS reserve_release_date
FROM out o

UNION ALL
-- Cancelled before capture: nothing settles. The day is the cancel's own, escrow or not: nothing is left to confirm.
SELECT t.trx_no, 'VOID', to_char(t.evt_dt::timestamp, 'YYYY-MM-DD'),
       round(0::numeric, t.stl_expo)::text, '', '',
       round(0::numeric, t.stl_expo)::text, round(0::numeric, t.stl_expo)::text,
       round(0::numeric, t.stl_expo)::text, round(0::numeric, t.stl_expo)::text,
       round(0::numeric, t.stl_expo)::text, round(0::numeric, t.stl_expo)::text,
       round(0::numeric, t.trx_expo)::text, round(0::numeric, t.trx_expo)::text, round(0::numeric, t.trx_expo)::text,
       round(0::numeric, t.stl_expo)::text, round(0::numeric, t.stl_expo)::text,
       '', ''
FROM trx t
WHERE t.void_yn = 'Y'
